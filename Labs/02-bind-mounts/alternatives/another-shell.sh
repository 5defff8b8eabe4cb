# solves: propagation
# In a dash instead of a bash, with a namespace that follows the node at first.
exit
exit
for d in shared slave private; do mkdir -p /mnt/$d/late /mnt/$d/back; mount --bind /mnt/$d /mnt/$d; mount --make-shared /mnt/$d; done
unshare --mount --propagation unchanged sh
mount --make-private /mnt/private
mount --make-slave /mnt/slave
nsenter --target 1 --mount sh -c 'for d in shared slave private; do mount -t tmpfs late /mnt/$d/late; done'
mount -t tmpfs back /mnt/slave/back
