# solves: propagation
# Each of the three is a tmpfs, not a directory bound to itself.
exit
exit
for d in shared slave private; do mkdir -p /mnt/$d; mount -t tmpfs $d /mnt/$d; mkdir /mnt/$d/late /mnt/$d/back; mount --make-shared /mnt/$d; done
unshare -m --propagation unchanged
mount --make-private /mnt/private
mount --make-slave /mnt/slave
for d in shared slave private; do nsenter -t 1 -m mount -t tmpfs late /mnt/$d/late; done
mount -t tmpfs back /mnt/slave/back
