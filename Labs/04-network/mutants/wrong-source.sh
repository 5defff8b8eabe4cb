# kills: out/nat
# A rule for packets that nobody sends.
ip -n $NETNS route add default via $SUBNET.1
ip -n $OTHER route add default via $SUBNET.1
sysctl -w net.ipv4.ip_forward=1
iptables -t nat -A POSTROUTING -s 10.99.0.0/16 ! -o br0 -j MASQUERADE
