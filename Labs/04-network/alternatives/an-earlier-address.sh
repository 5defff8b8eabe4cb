# solves: packets
# An address of a first try is left, and packets leave with it.
ip -n $NETNS address add $SUBNET.7/24 dev eth0
ip -n $NETNS address add $SUBNET.2/24 dev eth0
ip address add $SUBNET.1/24 dev veth-$NETNS
ip -n $NETNS link set eth0 up
ip link set veth-$NETNS up
