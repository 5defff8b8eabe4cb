# kills: sandbox/cable
# The node's end has another name.
unshare --net --ipc --uts pause 2> /tmp/pause.log &
PAUSE=$!
until grep -s . /tmp/pause.log; do sleep 0.01; done
nsenter -t $PAUSE -n ip link set lo up
ip link add eth0 netns $PAUSE type veth peer name cable
nsenter -t $PAUSE -n ip address add $SUBNET.2/24 dev eth0
nsenter -t $PAUSE -n ip link set eth0 up
ip address add $SUBNET.1/24 dev cable
ip link set cable up
