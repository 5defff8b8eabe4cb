# kills: join/second-shares
# B has a user namespace of its own.
nsenter -t $PAUSE -n -i -u unshare -U -r -m -p -C -f --mount-proc sleep infinity &
until pgrep -x sleep; do :; done
