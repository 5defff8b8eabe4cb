# kills: sandbox/pause
# IPC objects and the host name are still the node's.
unshare --net pause &
until pgrep -x pause; do sleep 0.01; done
