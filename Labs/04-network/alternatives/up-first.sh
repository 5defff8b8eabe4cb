# solves: packets
# Set up before they have addresses, from within.
nsenter --net=/run/netns/$NETNS ip link set eth0 up
ip link set veth-$NETNS up
ip address add $SUBNET.1/24 broadcast + dev veth-$NETNS
ip netns exec $NETNS ip address add $SUBNET.2/24 dev eth0
