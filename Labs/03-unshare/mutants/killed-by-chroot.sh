# kills: survive/missed
# In a box that is only a file tree the number is right as well.
kill -KILL $(pgrep -x sleep); wait
export KUBELET=$(pgrep -x kubelet)
chroot $BOX /bin/bash
kill $KUBELET
