# kills: out/there-and-back
# The source is rewritten, to an address that is not the node's.
ip -n $NETNS route add default via $SUBNET.1
ip -n $OTHER route add default via $SUBNET.1
sysctl -w net.ipv4.ip_forward=1
iptables -t nat -A POSTROUTING -s $SUBNET.0/24 ! -o br0 -j SNAT --to-source 203.0.113.99
