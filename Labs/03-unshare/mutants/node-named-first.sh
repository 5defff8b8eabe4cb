# kills: names/hostname
# The node was named, and the new namespace began with a copy of its name.
hostname $PODNAME
unshare -p -f -u -i --mount-proc=$BOX/proc chroot $BOX /bin/bash
