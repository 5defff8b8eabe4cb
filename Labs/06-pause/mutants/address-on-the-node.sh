# kills: sandbox/address
# The pod's address is on the node's end.
unshare --net --ipc --uts pause &
PAUSE=$!
until pgrep -x pause; do sleep 0.01; done
ip link add eth0 netns $PAUSE type veth peer name veth-$POD
ip address add $SUBNET.2/24 dev veth-$POD
ip link set veth-$POD up
