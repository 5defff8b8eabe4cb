# kills: pids/refused
# Moving in is never refused, so one can be over the limit without a single refusal.
mkdir $PIDS_ROOT/few
echo $TASKS > $PIDS_ROOT/few/pids.max
for n in $(seq 24); do sleep 1000 & echo $! > $PIDS_ROOT/few/cgroup.procs; done
