# kills: pod/cpu-limit
# A little more than half of a processor.
mkdir -p $MEMORY_ROOT/$POD $CPU_ROOT/$POD
echo 200M > $MEMORY_ROOT/$POD/$MEMORY_MAX
echo 50900 > $CPU_ROOT/$POD/$CPU_QUOTA
echo $CPU_REQUEST > $CPU_ROOT/$POD/$CPU_WEIGHT
