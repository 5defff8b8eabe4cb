# kills: out/second-route
# The second pod knows the way to one network, not to all.
ip -n $NETNS route add default via $SUBNET.1
ip -n $OTHER route add 203.0.113.0/24 via $SUBNET.1
sysctl -w net.ipv4.ip_forward=1
iptables -t nat -A POSTROUTING -s $SUBNET.0/24 ! -o br0 -j MASQUERADE
