# kills: enter/inside
# Somebody is inside, but no shell.
sleep 1000 &
echo $! > $MEMORY_ROOT/$CGROUP/cgroup.procs
