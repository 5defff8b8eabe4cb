# kills: private/own-namespace
# The tmpfs is mounted on the node.
exit
mkdir -p $BOX/scratch
mount -t tmpfs scratch $BOX/scratch
chroot $BOX /bin/bash
