# kills: limit/memory
# The limit is on a sibling.
mkdir $MEMORY_ROOT/$CGROUP $MEMORY_ROOT/$CGROUP-2
echo $LIMIT > $MEMORY_ROOT/$CGROUP-2/$MEMORY_MAX
echo 0 > $MEMORY_ROOT/$CGROUP/$SWAP_FILE
