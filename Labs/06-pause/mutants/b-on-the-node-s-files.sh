# kills: join/second-own
# B has no mount namespace of its own.
nsenter -t $PAUSE -n -i -u unshare -p -C -f sleep infinity &
until pgrep -x -P $! sleep; do sleep 0.01; done
