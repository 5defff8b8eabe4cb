# kills: pod/cpu-request
# The millicores of the limit, written as they stand.
mkdir -p $MEMORY_ROOT/$POD $CPU_ROOT/$POD
echo 200M > $MEMORY_ROOT/$POD/$MEMORY_MAX
echo 50000 > $CPU_ROOT/$POD/$CPU_QUOTA
echo 500 > $CPU_ROOT/$POD/$CPU_WEIGHT
