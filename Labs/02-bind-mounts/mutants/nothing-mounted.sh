# kills: propagation/late-shared
# The mounts are right, but nothing was mounted on them.
exit
exit
mkdir -p /mnt/{shared,slave,private}/{late,back}
for d in shared slave private; do mount --bind /mnt/$d /mnt/$d; mount --make-shared /mnt/$d; done
unshare -m --propagation unchanged
mount --make-slave /mnt/slave
mount --make-private /mnt/private
