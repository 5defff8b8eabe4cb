# kills: join/second-shares
# B shares only the network.
nsenter -t $PAUSE -n unshare -i -u -m -p -C -f --mount-proc sleep infinity &
until pgrep -x sleep; do sleep 0.01; done
