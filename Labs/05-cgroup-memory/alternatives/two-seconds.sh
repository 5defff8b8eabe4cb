# solves: cpu
# The loop ends by itself.
mkdir $CPU_ROOT/slow
echo 2000 > $CPU_ROOT/slow/$CPU_QUOTA
sh -c 'echo 0 > $CPU_ROOT/slow/cgroup.procs; exec timeout 2 sh -c "while :; do :; done"'
