# solves: names
# The box's bash is number 2 of its pid namespace.
unshare -p -f -u -i --mount-proc=$BOX/proc bash
chroot $BOX /bin/bash
hostname $PODNAME
