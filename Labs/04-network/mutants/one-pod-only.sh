# kills: out/second
# Only the first pod knows the way.
ip -n $NETNS route add default via $SUBNET.1
sysctl -w net.ipv4.ip_forward=1
iptables -t nat -A POSTROUTING -s $SUBNET.0/24 ! -o br0 -j MASQUERADE
