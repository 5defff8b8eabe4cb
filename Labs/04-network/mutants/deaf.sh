# kills: packets/back
# It hears the echo request and has been told not to answer.
ip -n $NETNS address add $SUBNET.2/24 dev eth0
ip -n $NETNS link set eth0 up
ip address add $SUBNET.1/24 dev veth-$NETNS
ip link set veth-$NETNS up
ip netns exec $NETNS sysctl -w net.ipv4.icmp_echo_ignore_all=1
