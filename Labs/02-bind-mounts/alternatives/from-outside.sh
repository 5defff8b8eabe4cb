# solves: propagation
# Somebody else holds the namespace, and is joined in the end.
exit
exit
mkdir -p /mnt/{shared,slave,private}/{late,back}
for d in shared slave private; do mount --bind /mnt/$d /mnt/$d; mount --make-shared /mnt/$d; done
unshare -m --propagation unchanged sleep 1000 &
until pgrep -x sleep; do sleep 0.1; done
nsenter -t $! -m mount --make-slave /mnt/slave
nsenter -t $! -m mount --make-private /mnt/private
for d in shared slave private; do mount -t tmpfs late /mnt/$d/late; done
nsenter -t $! -m
mount -t tmpfs back /mnt/slave/back
