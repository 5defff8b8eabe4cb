# kills: enter/inside
# The bash is in a cgroup below: what is counted there is not counted here.
mkdir $MEMORY_ROOT/$CGROUP/inner
bash
echo $$ > $MEMORY_ROOT/$CGROUP/inner/cgroup.procs
