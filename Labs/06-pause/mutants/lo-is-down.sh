# kills: sandbox/loopback
# Nobody has set lo up.
unshare --net --ipc --uts pause &
until pgrep -x pause; do sleep 0.01; done
nsenter -t $! -u hostname $POD
