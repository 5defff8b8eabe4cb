#!/bin/bash
# What a learner would type in lab 05. The variables are set by the playground; those for files fit the machine's cgroups.
# step: where
cat /proc/self/cgroup
answer $(stat -c %d:%i $NODE_GROUP)

# step: limit
mkdir $MEMORY_ROOT/$CGROUP
echo $LIMIT > $MEMORY_ROOT/$CGROUP/$MEMORY_MAX
echo 0 > $MEMORY_ROOT/$CGROUP/$SWAP_FILE

# step: enter
bash
echo $$ > $MEMORY_ROOT/$CGROUP/cgroup.procs

# step: exceed
greedy 64
cat $MEMORY_ROOT/$CGROUP/$MEMORY_EVENTS

# step: tiny
exit
mkdir $MEMORY_ROOT/tiny
echo 10 > $MEMORY_ROOT/tiny/$MEMORY_MAX
bash -c 'echo $$ > $MEMORY_ROOT/tiny/cgroup.procs; ls'

# step: pod
mkdir -p $MEMORY_ROOT/$POD $CPU_ROOT/$POD
echo 200M > $MEMORY_ROOT/$POD/$MEMORY_MAX
echo 50000 > $CPU_ROOT/$POD/$CPU_QUOTA
echo $CPU_REQUEST > $CPU_ROOT/$POD/$CPU_WEIGHT

# step: cpu
mkdir $CPU_ROOT/slow
echo 2000 > $CPU_ROOT/slow/$CPU_QUOTA
sh -c 'echo $$ > $CPU_ROOT/slow/cgroup.procs; while :; do :; done' &
until grep -q 'nr_throttled [1-9]' $CPU_ROOT/slow/cpu.stat; do sleep 0.05; done
kill $!

# step: pids
mkdir $PIDS_ROOT/few
echo $TASKS > $PIDS_ROOT/few/pids.max
sh -c 'echo $$ > $PIDS_ROOT/few/cgroup.procs; for n in $(seq 40); do sleep 100 & done'

# step: devices
mkdir -p $IO_ROOT/disk
bash
echo $$ > $IO_ROOT/disk/cgroup.procs
