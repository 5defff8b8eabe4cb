# kills: limit/no-swap
# Swap is left open.
mkdir $MEMORY_ROOT/$CGROUP
echo $LIMIT > $MEMORY_ROOT/$CGROUP/$MEMORY_MAX
