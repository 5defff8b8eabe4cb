# kills: cable/cable
# Both ends are in one namespace: nothing leads out of it.
exit
ip netns add $NETNS
ip -n $NETNS link add eth0 type veth peer name veth-$NETNS
