# solves: cpu
# The loop runs before there is a quota, and is moved from outside.
mkdir $CPU_ROOT/slow
yes > /dev/null & echo $! > $CPU_ROOT/slow/cgroup.procs
echo 2000 | tee $CPU_ROOT/slow/$CPU_QUOTA
until grep -q 'nr_throttled [1-9]' $CPU_ROOT/slow/cpu.stat; do sleep 0.05; done
kill $!
