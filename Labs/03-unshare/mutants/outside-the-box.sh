# kills: survive/missed
# A pid namespace, but not the box.
kill -KILL $(pgrep -x sleep); wait
export KUBELET=$(pgrep -x kubelet)
unshare -p -f --mount-proc /bin/bash
kill $KUBELET
