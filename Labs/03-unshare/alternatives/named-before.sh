# solves: names
# The name is given before the box is entered.
unshare --uts --ipc --pid --fork --mount-proc=$BOX/proc bash -c "hostname $PODNAME; exec chroot $BOX /bin/bash"
