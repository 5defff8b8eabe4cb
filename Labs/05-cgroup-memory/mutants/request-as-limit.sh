# kills: pod/memory-limit
# The request is no limit.
mkdir -p $MEMORY_ROOT/$POD $CPU_ROOT/$POD
echo 100M > $MEMORY_ROOT/$POD/$MEMORY_MAX
echo 50000 > $CPU_ROOT/$POD/$CPU_QUOTA
echo $CPU_REQUEST > $CPU_ROOT/$POD/$CPU_WEIGHT
