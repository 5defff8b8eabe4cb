# solves: zombies
# Two boxes, and the zombies are in the second.
unshare --pid --fork --mount-proc sleep infinity &
until pgrep -x -P $! sleep; do sleep 0.01; done
unshare --pid --fork --mount-proc sleep infinity &
until S=$(pgrep -x -P $! sleep); do sleep 0.01; done
nsenter -t $S -p -m sh -c 'sleep 0 & sleep 0 &'
until ps --ppid $S -o stat= | grep Z; do sleep 0.01; done
unshare -n -i -u -p -m -f --mount-proc pause &
until P=$(pgrep -x -P $! pause); do sleep 0.01; done
nsenter -t $P -n -i -u -p unshare -m -C --mount-proc sleep infinity &
until pgrep -x -P $! sleep; do sleep 0.01; done
