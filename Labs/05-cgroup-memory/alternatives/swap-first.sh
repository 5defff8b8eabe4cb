# solves: limit
# Swap is forbidden before the limit is there.
mkdir $MEMORY_ROOT/$CGROUP
cd $MEMORY_ROOT/$CGROUP
echo 0 > $SWAP_FILE
echo $LIMIT > $MEMORY_MAX
