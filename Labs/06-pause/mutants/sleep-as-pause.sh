# kills: zombies/shared
# `sleep infinity` holds the namespaces of a pod as well, but is no pause.
unshare -n -i -u -p -m -f --mount-proc sleep infinity &
until P=$(pgrep -x -P $! sleep); do sleep 0.01; done
nsenter -t $P -n -i -u -p unshare -m -C --mount-proc sleep infinity &
until pgrep -x -P $! sleep; do sleep 0.01; done
