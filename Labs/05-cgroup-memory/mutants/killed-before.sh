# kills: exceed/killed
# It was killed under a lower limit, and under this one nobody was.
echo 16M > $MEMORY_ROOT/$CGROUP/$MEMORY_MAX
greedy 64
echo $LIMIT > $MEMORY_ROOT/$CGROUP/$MEMORY_MAX
