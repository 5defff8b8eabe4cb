# kills: limit/memory
# A limit on a child does not hold for its parent.
mkdir -p $MEMORY_ROOT/$CGROUP/inner
echo $LIMIT > $MEMORY_ROOT/$CGROUP/inner/$MEMORY_MAX
echo 0 > $MEMORY_ROOT/$CGROUP/$SWAP_FILE
