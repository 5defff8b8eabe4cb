# kills: packets/inside
# Without the length of the prefix the address is alone on its cable.
ip -n $NETNS address add $SUBNET.2 dev eth0
ip -n $NETNS link set eth0 up
ip address add $SUBNET.1/24 dev veth-$NETNS
ip link set veth-$NETNS up
