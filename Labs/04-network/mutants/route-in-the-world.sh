# kills: out/nat
# It works without NAT once the whole world knows of this subnet.
ip -n $NETNS route add default via $SUBNET.1
ip -n $OTHER route add default via $SUBNET.1
sysctl -w net.ipv4.ip_forward=1
nsenter -t $(pgrep -x internet) -n ip route add $SUBNET.0/24 via 203.0.113.10
