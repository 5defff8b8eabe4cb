# kills: exceed/killed
# The greedy program is outside, where there is no such limit.
bash -c 'echo $$ > $NODE_GROUP/cgroup.procs; exec greedy 64'
