# kills: join/second-own
# B is in the cgroup namespace of a pause.
unshare -n -i -u -p -m -C -f --mount-proc pause &
until P=$(pgrep -x -P $! pause); do sleep 0.01; done
nsenter -t $P -n -i -u -C unshare -m -p -f --mount-proc sleep infinity &
until pgrep -x sleep; do sleep 0.01; done
