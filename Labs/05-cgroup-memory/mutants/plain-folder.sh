# kills: limit/memory
# A folder with such a file, but not of the kernel's file system.
mkdir -p /tmp/cgroup/$CGROUP
echo $LIMIT > /tmp/cgroup/$CGROUP/$MEMORY_MAX
