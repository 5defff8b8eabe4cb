# kills: join/apart
# A and B are in one mount namespace.
nsenter -t $PAUSE -n -i -u unshare -m -p -C -f --mount-proc httpd -f -p 80 &
until A=$(pgrep -x -P $! httpd); do sleep 0.01; done
nsenter -t $A -m -n -i -u unshare -p -C -f sleep infinity &
until pgrep -x -P $! sleep; do :; done
