# kills: survive/missed
# Signal 0 asks and does nothing.
kill -KILL $(pgrep -x sleep); wait
export KUBELET=$(pgrep -x kubelet)
unshare -p -f --mount-proc=$BOX/proc chroot $BOX /bin/bash
kill -0 $KUBELET
