# kills: packets/there
# Packets arrive, by a second cable. This one carries nothing.
ip -n $NETNS address add $SUBNET.2/24 dev eth0
ip -n $NETNS link set eth0 up
ip address add $SUBNET.1/24 dev veth-$NETNS
ip link set veth-$NETNS up
ip link add eth1 netns $NETNS type veth peer name second
ip -n $NETNS link set eth1 up
ip link set second up
ip -n $NETNS route add $SUBNET.1/32 dev eth1 src $SUBNET.2
ip route add $SUBNET.2/32 dev second src $SUBNET.1
