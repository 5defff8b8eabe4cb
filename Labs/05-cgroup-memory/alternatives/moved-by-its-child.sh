# solves: enter
# A child moves the shell that has started it.
bash
sh -c 'printf %s $PPID > $MEMORY_ROOT/$CGROUP/cgroup.procs'
