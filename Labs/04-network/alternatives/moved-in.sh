# solves: cable
# Both ends are made on the node, and one is moved.
exit
ip netns add $NETNS
ip link add veth-$NETNS type veth peer name eth0
ip link set eth0 netns $NETNS
