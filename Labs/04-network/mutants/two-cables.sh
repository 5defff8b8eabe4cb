# kills: cable/cable
# Both names are there, each as the end of another cable.
exit
ip netns add $NETNS
ip link add eth0 netns $NETNS type veth peer name far
ip link add veth-$NETNS type veth peer name near netns $NETNS
