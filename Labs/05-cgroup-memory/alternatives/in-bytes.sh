# solves: pod
# The memory in bytes, and the rest in another order.
mkdir -p $CPU_ROOT/$POD $MEMORY_ROOT/$POD
echo $CPU_REQUEST > $CPU_ROOT/$POD/$CPU_WEIGHT
echo 50000 > $CPU_ROOT/$POD/$CPU_QUOTA
echo 209715200 > $MEMORY_ROOT/$POD/$MEMORY_MAX
