# solves: bridge
# The port loses all addresses, and becomes a port after that.
ip link add name br0 up type bridge
ip address flush dev veth-$NETNS
ip address add $SUBNET.1/24 dev br0
ip link set dev veth-$NETNS master br0
ip netns add $OTHER
ip link add veth-$OTHER master br0 type veth peer name eth0 netns $OTHER
ip link set veth-$OTHER up
ip netns exec $OTHER ip link set eth0 up
ip netns exec $OTHER ip address add $SUBNET.3/24 dev eth0
