# solves: out
# A chain for the pods, in which packets between them return before the rule.
ip -n $NETNS route add default via $SUBNET.1
ip -n $OTHER route add default via $SUBNET.1
sysctl -w net.ipv4.ip_forward=1
iptables -t nat -N PODS
iptables -t nat -A PODS -d $SUBNET.0/24 -j RETURN
iptables -t nat -A PODS -j MASQUERADE
iptables -t nat -A POSTROUTING -s $SUBNET.0/24 -j PODS
