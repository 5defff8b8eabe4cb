# kills: pod/cpu-request
# The weight is left as the kernel gives it to everybody.
mkdir -p $MEMORY_ROOT/$POD $CPU_ROOT/$POD
echo 200M > $MEMORY_ROOT/$POD/$MEMORY_MAX
echo 50000 > $CPU_ROOT/$POD/$CPU_QUOTA
