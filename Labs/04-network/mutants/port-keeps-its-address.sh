# kills: bridge/moved
# The bridge has the address and its route first, and the port has it as well.
ip link add br0 type bridge
ip link set br0 up
ip link set veth-$NETNS master br0
ip address del $SUBNET.1/24 dev veth-$NETNS
ip address add $SUBNET.1/24 dev br0
ip address add $SUBNET.1/32 dev veth-$NETNS
ip netns add $OTHER
ip link add eth0 netns $OTHER type veth peer name veth-$OTHER
ip link set veth-$OTHER master br0 up
ip -n $OTHER address add $SUBNET.3/24 dev eth0
ip -n $OTHER link set eth0 up
