# kills: exceed/killed
# Once it was killed; then the limit was lifted.
greedy 64
echo 512M > $MEMORY_ROOT/$CGROUP/$MEMORY_MAX
