# kills: unshare/own-mounts
# The proc is the box's own, but it is mounted for the whole node.
unshare -p -f chroot $BOX /bin/bash
mount -t proc proc /proc
