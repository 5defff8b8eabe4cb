#!/bin/bash
# What a learner would type in lab 03. The variables are set by the playground.
# step: unshare
unshare -p -f --mount-proc=$BOX/proc chroot $BOX /bin/bash
ps -ax

# step: numbers
exit
unshare -p -f --mount-proc=$BOX/proc chroot $BOX /bin/sleep infinity &
until pgrep -x sleep; do sleep 0.1; done
grep NSpid /proc/$(pgrep -x sleep)/status
answer $(pgrep -x sleep)

# step: survive
kill -KILL $(pgrep -x sleep); wait
export KUBELET=$(pgrep -x kubelet)
unshare -p -f --mount-proc=$BOX/proc chroot $BOX /bin/bash
kill $KUBELET

# step: end
sleep 1000 &
ps -ax
exit

# step: names
unshare -p -f -u -i --mount-proc=$BOX/proc chroot $BOX /bin/bash
hostname $PODNAME
