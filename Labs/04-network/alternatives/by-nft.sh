# solves: out
# The rule by nft, and forwarding by its file.
ip -n $NETNS route add default via $SUBNET.1
ip -n $OTHER route add default via $SUBNET.1 dev eth0
echo 1 > /proc/sys/net/ipv4/ip_forward
nft add table ip course
nft 'add chain ip course out { type nat hook postrouting priority 100; }'
nft add rule ip course out ip saddr $SUBNET.0/24 oifname uplink masquerade
