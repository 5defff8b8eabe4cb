# kills: pids/refused
# The fork is refused by the lower limit of a cgroup below.
mkdir $PIDS_ROOT/few
echo $TASKS > $PIDS_ROOT/few/pids.max
if [ -e $PIDS_ROOT/few/cgroup.subtree_control ]; then echo +pids > $PIDS_ROOT/few/cgroup.subtree_control; fi
mkdir $PIDS_ROOT/few/inner
echo 3 > $PIDS_ROOT/few/inner/pids.max
sh -c 'echo $$ > $PIDS_ROOT/few/inner/cgroup.procs; for n in $(seq 40); do sleep 100 & done'
