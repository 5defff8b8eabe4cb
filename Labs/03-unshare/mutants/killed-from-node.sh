# kills: survive/missed
# From the node the number is right, and the kubelet ends.
kill -KILL $(pgrep -x sleep); wait
export KUBELET=$(pgrep -x kubelet)
kill $KUBELET
