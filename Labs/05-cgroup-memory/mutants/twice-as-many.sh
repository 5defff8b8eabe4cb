# kills: pids/tasks
# Another number.
mkdir $PIDS_ROOT/few
echo $((2 * TASKS)) > $PIDS_ROOT/few/pids.max
sh -c 'echo $$ > $PIDS_ROOT/few/cgroup.procs; for n in $(seq 50); do sleep 100 & done'
