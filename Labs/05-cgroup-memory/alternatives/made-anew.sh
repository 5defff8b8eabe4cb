# solves: tiny
# First with another limit, then in a new cgroup of that name with the one that is asked for.
exit
mkdir $MEMORY_ROOT/tiny; echo 8M > $MEMORY_ROOT/tiny/$MEMORY_MAX; bash -c 'echo $$ > $MEMORY_ROOT/tiny/cgroup.procs; exec greedy 32'
until rmdir $MEMORY_ROOT/tiny; do sleep 0.1; done 2>/dev/null
mkdir $MEMORY_ROOT/tiny; echo 10 > $MEMORY_ROOT/tiny/$MEMORY_MAX
bash -c 'echo $$ > $MEMORY_ROOT/tiny/cgroup.procs; ls'
