# kills: out/nat
# Source NAT for datagrams of UDP alone.
ip -n $NETNS route add default via $SUBNET.1
ip -n $OTHER route add default via $SUBNET.1
sysctl -w net.ipv4.ip_forward=1
iptables -t nat -A POSTROUTING -s $SUBNET.0/24 -p udp -j MASQUERADE
