# solves: private
# A first try without a tmpfs was left there, stopped.
exit
unshare -m chroot $BOX /bin/bash -c 'kill -STOP $$' &
mkdir -p $BOX/scratch
unshare -m
mount -t tmpfs scratch $BOX/scratch
chroot $BOX /bin/bash
