# kills: pids/refused
# The fork was refused while three tasks were allowed.
mkdir $PIDS_ROOT/few
echo 3 > $PIDS_ROOT/few/pids.max
sh -c 'echo $$ > $PIDS_ROOT/few/cgroup.procs; for n in $(seq 40); do sleep 100 & done'
echo $TASKS > $PIDS_ROOT/few/pids.max
