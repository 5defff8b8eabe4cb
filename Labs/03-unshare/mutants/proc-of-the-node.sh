# kills: unshare/own-proc
# The proc was mounted before the namespace was there, so it lists the node.
mount -t proc proc $BOX/proc
unshare -p -m -f chroot $BOX /bin/bash
