# kills: unshare/pid-one
# Nobody is number 1 but the first child, and with its end the namespace takes no more.
unshare -p --mount-proc=$BOX/proc chroot $BOX /bin/bash
ls /
ls /
