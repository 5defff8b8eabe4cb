# kills: packets/outside
# The node has the address, on another link.
ip -n $NETNS address add $SUBNET.2/24 dev eth0
ip -n $NETNS link set eth0 up
ip address add $SUBNET.1/24 dev lo
ip link set veth-$NETNS up
