# kills: packets/up
# The node's end was never set up.
ip -n $NETNS address add $SUBNET.2/24 dev eth0
ip -n $NETNS link set eth0 up
ip address add $SUBNET.1/24 dev veth-$NETNS
