# kills: cpu/throttled
# It was held back under another quota.
mkdir $CPU_ROOT/slow
echo 1000 > $CPU_ROOT/slow/$CPU_QUOTA
timeout 0.5 sh -c 'echo $$ > $CPU_ROOT/slow/cgroup.procs; while :; do :; done'
echo 2000 > $CPU_ROOT/slow/$CPU_QUOTA
