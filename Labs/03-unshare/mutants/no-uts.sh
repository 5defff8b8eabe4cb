# kills: names/own-namespaces
# The name is right, but it is the node's as well.
unshare -p -f -i --mount-proc=$BOX/proc chroot $BOX /bin/bash
hostname $PODNAME
