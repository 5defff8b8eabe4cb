# solves: cpu
# The same share, written down anew after a first try.
mkdir $CPU_ROOT/slow; echo 5000 > $CPU_ROOT/slow/$CPU_QUOTA; echo 2000 > $CPU_ROOT/slow/$CPU_QUOTA
timeout 0.5 sh -c 'echo 0 > $CPU_ROOT/slow/cgroup.procs; while :; do :; done'
