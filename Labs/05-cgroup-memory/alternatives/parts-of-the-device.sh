# solves: where
# Major and minor number apart.
answer $(stat -c %Hd:%Ld:%i $NODE_GROUP)
