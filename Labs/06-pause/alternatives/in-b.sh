# solves: zombies
# The orphans are left in container B, whose sleep is number 1 of a pid namespace as well.
nsenter -t $B -p -m sh -c 'sleep 0 & sleep 0 &'
until ps --ppid $B -o stat= | grep Z; do sleep 0.01; done
unshare -n -i -u -p -m -f --mount-proc pause &
until P=$(pgrep -x -P $! pause); do sleep 0.01; done
nsenter -t $P -n -i -u -p unshare -m -C --mount-proc sleep infinity &
until pgrep -x -P $! sleep; do sleep 0.01; done
