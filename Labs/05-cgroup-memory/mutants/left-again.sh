# kills: enter/inside
# In, and out again.
bash
echo $$ > $MEMORY_ROOT/$CGROUP/cgroup.procs
echo $$ > $NODE_GROUP/cgroup.procs
