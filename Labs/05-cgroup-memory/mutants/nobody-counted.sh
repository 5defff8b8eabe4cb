# kills: devices/counted
# The cgroup is there, and nobody is in it.
mkdir -p $IO_ROOT/disk
bash
