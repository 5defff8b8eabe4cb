# kills: sandbox/name
# The name of the node, not that of the pod.
unshare --net --ipc --uts pause &
until pgrep -x pause; do sleep 0.01; done
hostname $POD
