# kills: enter/inside
# Inside, but the limit is gone.
bash
echo $$ > $MEMORY_ROOT/$CGROUP/cgroup.procs
echo 512M > $MEMORY_ROOT/$CGROUP/$MEMORY_MAX
