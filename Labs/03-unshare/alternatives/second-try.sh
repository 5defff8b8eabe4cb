# solves: unshare
# A first try without a proc of its own was left running.
unshare -p -f chroot $BOX /bin/bash -c 'while :; do sleep 9; done' &
until pgrep -x sleep; do sleep 0.1; done
unshare -p -f --mount-proc=$BOX/proc chroot $BOX /bin/bash
