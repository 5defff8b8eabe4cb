# kills: where/own-group
# The file with the numbers in it is not the cgroup.
answer $(stat -c %d:%i $NODE_GROUP/cgroup.procs)
