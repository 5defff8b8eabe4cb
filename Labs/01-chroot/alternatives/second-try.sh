# solves: enter
# A first try with a mount namespace was left there, stopped.
unshare -m chroot $BOX /bin/bash -c 'kill -STOP $$' &
chroot $BOX /bin/bash
