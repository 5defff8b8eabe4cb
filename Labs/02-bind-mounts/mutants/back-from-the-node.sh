# kills: propagation/one-way
# Mounted on the master's side: both see it.
exit
exit
mkdir -p /mnt/{shared,slave,private}/{late,back}
for d in shared slave private; do mount --bind /mnt/$d /mnt/$d; mount --make-shared /mnt/$d; done
unshare -m --propagation unchanged
mount --make-slave /mnt/slave
nsenter -t 1 -m mount -t tmpfs back /mnt/slave/back
