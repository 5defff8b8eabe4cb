# kills: pod/cpu-request
# The thousandths as they stand in the manifest: nearly the right number of shares.
mkdir -p $MEMORY_ROOT/$POD $CPU_ROOT/$POD
echo 200M > $MEMORY_ROOT/$POD/$MEMORY_MAX
echo 50000 > $CPU_ROOT/$POD/$CPU_QUOTA
echo 250 > $CPU_ROOT/$POD/$CPU_WEIGHT
