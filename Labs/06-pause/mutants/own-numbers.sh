# kills: zombies/shared
# The container has a pid namespace of its own.
unshare -n -i -u -p -m -f --mount-proc pause &
until P=$(pgrep -x -P $! pause); do sleep 0.01; done
nsenter -t $P -n -i -u unshare -m -p -C -f --mount-proc sleep infinity &
until pgrep -x -P $! sleep; do sleep 0.01; done
