#!/bin/bash
# What a learner would type in lab 04. The variables are set by the playground.
# step: alone
unshare -n bash
ip link set lo up

# step: cable
exit
ip netns add $NETNS
ip link add eth0 netns $NETNS type veth peer name veth-$NETNS

# step: packets
ip -n $NETNS address add $SUBNET.2/24 dev eth0
ip -n $NETNS link set eth0 up
ip address add $SUBNET.1/24 dev veth-$NETNS
ip link set veth-$NETNS up
ip netns exec $NETNS ping -c 1 $SUBNET.1

# step: bridge
ip link add br0 type bridge
ip link set br0 up
ip link set veth-$NETNS master br0
ip address del $SUBNET.1/24 dev veth-$NETNS
ip address add $SUBNET.1/24 dev br0
ip netns add $OTHER
ip link add eth0 netns $OTHER type veth peer name veth-$OTHER
ip link set veth-$OTHER master br0 up
ip -n $OTHER address add $SUBNET.3/24 dev eth0
ip -n $OTHER link set eth0 up

# step: out
ip -n $NETNS route add default via $SUBNET.1
ip -n $OTHER route add default via $SUBNET.1
sysctl -w net.ipv4.ip_forward=1
iptables -t nat -A POSTROUTING -s $SUBNET.0/24 ! -o br0 -j MASQUERADE
