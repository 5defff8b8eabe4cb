# kills: private/hidden
# A directory of a tmpfs that the node has: it can see what is in there.
exit
mount -t tmpfs scratch /mnt
mkdir -p /mnt/part $BOX/scratch
unshare -m
mount --bind /mnt/part $BOX/scratch
chroot $BOX /bin/bash
