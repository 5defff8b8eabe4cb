# kills: bridge/second-address
# It works with a wider neighbourhood, which is not the one that was asked for.
ip link add br0 type bridge
ip link set br0 up
ip link set veth-$NETNS master br0
ip address del $SUBNET.1/24 dev veth-$NETNS
ip address add $SUBNET.1/24 dev br0
ip netns add $OTHER
ip link add eth0 netns $OTHER type veth peer name veth-$OTHER
ip link set veth-$OTHER master br0 up
ip -n $OTHER address add $SUBNET.3/16 dev eth0
ip -n $OTHER link set eth0 up
