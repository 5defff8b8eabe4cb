# kills: zombies/shared
# A sleep under the name of pause, mounted over it: it holds the pod, and waits for nobody.
mount --bind /usr/bin/sleep /usr/local/bin/pause
unshare -n -i -u -p -m -f --mount-proc pause infinity &
until P=$(pgrep -x -P $! pause); do sleep 0.01; done
nsenter -t $P -n -i -u -p unshare -m -C --mount-proc sleep infinity &
until pgrep -x -P $! sleep; do sleep 0.01; done
