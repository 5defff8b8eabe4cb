# kills: out/nat
# Rules for three quarters of the subnet: both pods are in them, the rest is not.
ip -n $NETNS route add default via $SUBNET.1
ip -n $OTHER route add default via $SUBNET.1
sysctl -w net.ipv4.ip_forward=1
iptables -t nat -A POSTROUTING -s $SUBNET.0/25 ! -o br0 -j MASQUERADE
iptables -t nat -A POSTROUTING -s $SUBNET.128/26 ! -o br0 -j MASQUERADE
