# kills: private/scratch
# A directory in a namespace of its own is still a directory of the node.
exit
unshare -m
mkdir -p $BOX/scratch
chroot $BOX /bin/bash
