# kills: out/there-and-back
# The node is no router.
ip -n $NETNS route add default via $SUBNET.1
ip -n $OTHER route add default via $SUBNET.1
iptables -t nat -A POSTROUTING -s $SUBNET.0/24 ! -o br0 -j MASQUERADE
