# kills: packets/there
# The cable exists, is up and has its addresses, and carries nothing: every packet is addressed to a card that nobody has.
ip -n $NETNS address add $SUBNET.2/24 dev eth0
ip -n $NETNS link set eth0 up
ip address add $SUBNET.1/24 dev veth-$NETNS
ip link set veth-$NETNS up
ip -n $NETNS neigh replace $SUBNET.1 lladdr 02:00:00:00:00:01 dev eth0 nud permanent
