# kills: out/nat
# A rule for all of the subnet, and one before it that lets half of it go as it is: both pods are in the other.
ip -n $NETNS route add default via $SUBNET.1
ip -n $OTHER route add default via $SUBNET.1
sysctl -w net.ipv4.ip_forward=1
iptables -t nat -A POSTROUTING -s $SUBNET.128/25 -j RETURN
iptables -t nat -A POSTROUTING -s $SUBNET.0/24 ! -o br0 -j MASQUERADE
