# kills: pod/memory-limit
# 200M of a manifest, not 200Mi.
mkdir -p $MEMORY_ROOT/$POD $CPU_ROOT/$POD
echo 200000000 > $MEMORY_ROOT/$POD/$MEMORY_MAX
echo 50000 > $CPU_ROOT/$POD/$CPU_QUOTA
echo $CPU_REQUEST > $CPU_ROOT/$POD/$CPU_WEIGHT
