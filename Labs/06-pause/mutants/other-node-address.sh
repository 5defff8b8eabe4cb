# kills: sandbox/node-address
# The node's end has another address of the subnet, and a ping gets through.
unshare --net --ipc --uts pause 2> /tmp/pause.log &
PAUSE=$!
until grep -s . /tmp/pause.log; do sleep 0.01; done
ip link add eth0 netns $PAUSE type veth peer name veth-$POD
nsenter -t $PAUSE -n ip address add $SUBNET.2/24 dev eth0
nsenter -t $PAUSE -n ip link set eth0 up
ip address add $SUBNET.7/24 dev veth-$POD
ip link set veth-$POD up
