# kills: limit/memory
# Without a unit the number is one of bytes.
mkdir $MEMORY_ROOT/$CGROUP
echo ${LIMIT%M} > $MEMORY_ROOT/$CGROUP/$MEMORY_MAX
echo 0 > $MEMORY_ROOT/$CGROUP/$SWAP_FILE
