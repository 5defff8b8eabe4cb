# kills: names/own-namespaces
# Messages are still the node's.
unshare -p -f -u --mount-proc=$BOX/proc chroot $BOX /bin/bash
hostname $PODNAME
