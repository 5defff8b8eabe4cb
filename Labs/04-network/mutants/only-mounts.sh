# kills: alone/own-network
# Mounts of its own; its links are the node's.
unshare -m bash
ip link set lo up
