# kills: propagation/slave
# What lies at /mnt/slave follows the node's /mnt/shared.
exit
exit
mkdir -p /mnt/{shared,slave,private}/{late,back}
for d in shared slave private; do mount --bind /mnt/$d /mnt/$d; mount --make-shared /mnt/$d; done
unshare -m --propagation unchanged
mount --make-private /mnt/slave
mount --bind /mnt/shared /mnt/slave
mount --make-slave /mnt/slave
mount --make-private /mnt/private
