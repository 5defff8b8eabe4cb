# solves: zombies
# Long options, and one zombie more.
unshare --pid --fork --mount-proc sleep 100000 &
until S=$(pgrep -x -P $! sleep); do sleep 0.01; done
nsenter --target $S --pid --mount sh -c 'sleep 0 & sleep 0 & sleep 0 &'
until ps --ppid $S -o stat= | grep Z; do sleep 0.01; done
unshare --net --ipc --uts --pid --mount --fork --mount-proc pause &
until P=$(pgrep -x -P $! pause); do sleep 0.01; done
nsenter --target $P --net --ipc --uts --pid unshare --mount --cgroup --mount-proc sleep 100000 &
until pgrep -x -P $! sleep; do sleep 0.01; done
