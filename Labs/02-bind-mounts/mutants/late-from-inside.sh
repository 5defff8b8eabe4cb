# kills: propagation/late-slave
# Mounted on the slave's side: the node does not hear of it.
exit
exit
mkdir -p /mnt/{shared,slave,private}/{late,back}
for d in shared slave private; do mount --bind /mnt/$d /mnt/$d; mount --make-shared /mnt/$d; done
unshare -m --propagation unchanged
mount --make-slave /mnt/slave
mount -t tmpfs late /mnt/slave/late
