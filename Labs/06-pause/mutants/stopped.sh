# kills: zombies/reaped
# A pause that is stopped waits for nobody.
unshare -n -i -u -p -m -f --mount-proc pause &
until P=$(pgrep -x -P $! pause); do sleep 0.01; done
nsenter -t $P -n -i -u -p unshare -m -C --mount-proc sleep infinity &
until pgrep -x -P $! sleep; do sleep 0.01; done
kill -STOP $P
