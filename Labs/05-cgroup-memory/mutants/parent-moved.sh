# kills: enter/inside
# The shell inside is the one that has started the new one.
bash
echo $PPID > $MEMORY_ROOT/$CGROUP/cgroup.procs
