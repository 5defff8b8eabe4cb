# solves: out
# SNAT to the address instead of MASQUERADE.
ip -n $NETNS route add default via $SUBNET.1
ip -n $OTHER route add default via $SUBNET.1
sysctl -w net.ipv4.conf.all.forwarding=1
iptables -t nat -A POSTROUTING -o uplink -s $SUBNET.0/24 -j SNAT --to-source 203.0.113.10
