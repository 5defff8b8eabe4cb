# kills: out/nat
# Source NAT for packets to the pods, not from them.
ip -n $NETNS route add default via $SUBNET.1
ip -n $OTHER route add default via $SUBNET.1
sysctl -w net.ipv4.ip_forward=1
iptables -t nat -A POSTROUTING -d $SUBNET.0/24 -j MASQUERADE
