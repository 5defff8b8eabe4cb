# kills: devices/counted
# A bash is inside, and the learner is not.
mkdir $IO_ROOT/disk
bash -c 'echo $$ > $IO_ROOT/disk/cgroup.procs; while :; do sleep 1; done' &
until grep -x $! $IO_ROOT/disk/cgroup.procs; do sleep 0.01; done
