# kills: unshare/pid-one
# Entered and left: nobody is inside.
unshare -p -f --mount-proc=$BOX/proc chroot $BOX /bin/bash
exit
