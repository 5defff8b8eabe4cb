# kills: survive/missed
# A number that is nobody's, here or there.
kill -KILL $(pgrep -x sleep); wait
export KUBELET=$(pgrep -x kubelet)
unshare -p -f --mount-proc=$BOX/proc chroot $BOX /bin/bash
kill 9999
