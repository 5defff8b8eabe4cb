# solves: pids
# All by one line.
mkdir $PIDS_ROOT/few && echo $TASKS > $PIDS_ROOT/few/pids.max && sh -c 'echo 0 > $PIDS_ROOT/few/cgroup.procs; for n in $(seq 40); do sleep 100 & done'
