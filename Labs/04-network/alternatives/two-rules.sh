# solves: out
# Two rules, each for one half of the subnet.
ip -n $NETNS route add default via $SUBNET.1
ip -n $OTHER route add default via $SUBNET.1
sysctl -w net.ipv4.ip_forward=1
iptables -t nat -A POSTROUTING -s $SUBNET.0/25 ! -o br0 -j MASQUERADE
iptables -t nat -A POSTROUTING -s $SUBNET.128/25 ! -o br0 -j MASQUERADE
