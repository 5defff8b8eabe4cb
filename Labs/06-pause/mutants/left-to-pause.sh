# kills: zombies/left
# pause waits for the orphans that come to it.
unshare --pid --fork --mount-proc pause &
until S=$(pgrep -x -P $! pause); do sleep 0.01; done
nsenter -t $S -p -m sh -c 'sleep 0 & sleep 0 &'
