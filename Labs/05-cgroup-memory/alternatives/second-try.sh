# solves: tiny
# First with another limit, then with the one that is asked for: one kill is of the first, another of the second.
exit
mkdir $MEMORY_ROOT/tiny; echo 8M > $MEMORY_ROOT/tiny/$MEMORY_MAX; bash -c 'echo $$ > $MEMORY_ROOT/tiny/cgroup.procs; printf -v all %32000000d 1'
until echo 10 > $MEMORY_ROOT/tiny/$MEMORY_MAX; do sleep 0.1; done 2>/dev/null
bash -c 'echo $$ > $MEMORY_ROOT/tiny/cgroup.procs; ls'
