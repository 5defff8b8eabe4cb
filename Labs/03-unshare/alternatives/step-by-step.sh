# solves: unshare
# A shell that is number 1 mounts proc, and becomes the one in the box.
unshare -m -p -f
mount -t proc proc $BOX/proc
exec chroot $BOX /bin/bash
