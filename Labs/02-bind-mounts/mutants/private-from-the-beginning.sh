# kills: propagation/private-on-node
# One of the three was never shared, so there was nothing to make private.
exit
exit
mkdir -p /mnt/{shared,slave,private}/{late,back}
for d in shared slave private; do mount --bind /mnt/$d /mnt/$d; done
for d in shared slave; do mount --make-shared /mnt/$d; done
unshare -m --propagation unchanged
mount --make-slave /mnt/slave
for d in shared slave private; do nsenter -t 1 -m mount -t tmpfs late /mnt/$d/late; done
mount -t tmpfs back /mnt/slave/back
