# solves: pids
# The shell is there before the limit is.
mkdir $PIDS_ROOT/few
sh -c 'echo $$ > $PIDS_ROOT/few/cgroup.procs; echo $TASKS > $PIDS_ROOT/few/pids.max; for n in $(seq 40); do sleep 100 & done' 2> /tmp/refused
