# kills: pids/refused
# As many as are allowed.
mkdir $PIDS_ROOT/few
echo $TASKS > $PIDS_ROOT/few/pids.max
sh -c 'echo $$ > $PIDS_ROOT/few/cgroup.procs; for n in 1 2 3; do sleep 100 & done'
