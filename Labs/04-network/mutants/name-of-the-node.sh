# kills: cable/held
# The name is right; what it holds is the node's own network namespace.
exit
touch /run/netns/$NETNS
mount --bind /proc/self/ns/net /run/netns/$NETNS
ip link add eth0 type veth peer name veth-$NETNS
