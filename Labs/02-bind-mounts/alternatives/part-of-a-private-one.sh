# solves: private
# A directory of a tmpfs that only this namespace has.
exit
mkdir -p $BOX/scratch
unshare -m
mount -t tmpfs mine /mnt
mkdir /mnt/part
mount --bind /mnt/part $BOX/scratch
chroot $BOX /bin/bash
