# kills: cable/cable
# A link with the right name that is no end of a cable.
exit
ip netns add $NETNS
ip -n $NETNS link add eth0 type bridge
