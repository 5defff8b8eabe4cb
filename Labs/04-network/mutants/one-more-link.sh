# kills: alone/only-lo
# It has brought a cable along.
unshare -n bash
ip link set lo up
ip link add here type veth peer name there
