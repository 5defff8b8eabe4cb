# kills: devices/counted
# Another cgroup of the same controller.
mkdir -p $IO_ROOT/disk $IO_ROOT/network
bash
echo $$ > $IO_ROOT/network/cgroup.procs
