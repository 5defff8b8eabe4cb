# kills: tiny/too-little
# The same by one line.
exit
mkdir $MEMORY_ROOT/tiny; echo 8M > $MEMORY_ROOT/tiny/$MEMORY_MAX; bash -c 'echo $$ > $MEMORY_ROOT/tiny/cgroup.procs; exec greedy 32'; until echo 10 > $MEMORY_ROOT/tiny/$MEMORY_MAX; do sleep 0.1; done 2>/dev/null
