# solves: survive
# The program kill, with SIGKILL.
kill -KILL $(pgrep -x sleep); wait
export KUBELET=$(pgrep -x kubelet)
unshare -p -f --mount-proc=$BOX/proc chroot $BOX /bin/bash
/bin/kill -KILL $KUBELET
