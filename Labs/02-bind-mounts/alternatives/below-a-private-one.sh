# solves: propagation
# All of the node is shared. What it mounts below a mount that is private here lands below that one, where nobody comes.
exit
exit
mount --make-rshared /
mkdir -p /mnt/{shared,slave,private}/{late,back}
for d in shared slave private; do mount --bind /mnt/$d /mnt/$d; done
unshare -m --propagation unchanged
mount --make-slave /mnt/slave
mount --make-private /mnt/private
for d in shared slave private; do nsenter -t 1 -m mount -t tmpfs late /mnt/$d/late; done
mount -t tmpfs back /mnt/slave/back
