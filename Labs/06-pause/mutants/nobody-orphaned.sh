# kills: zombies/left
# A shell that waits for its children leaves none behind.
unshare --pid --fork --mount-proc sleep infinity &
until S=$(pgrep -x -P $! sleep); do sleep 0.01; done
nsenter -t $S -p -m sh -c 'sleep 0 & sleep 0 & wait'
