# kills: names/hostname
# A namespace of its own begins with a copy of the node's name.
unshare -p -f -u -i --mount-proc=$BOX/proc chroot $BOX /bin/bash
