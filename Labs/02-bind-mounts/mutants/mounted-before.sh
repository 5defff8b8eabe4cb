# kills: private/hidden
# Mounted first: the new namespace has a copy, and both sides see the tmpfs.
exit
mkdir -p $BOX/scratch
mount -t tmpfs scratch $BOX/scratch
unshare -m
chroot $BOX /bin/bash
