# kills: sandbox/wired
# A cable with one end down.
unshare --net --ipc --uts pause &
PAUSE=$!
until pgrep -x pause; do sleep 0.01; done
ip link add eth0 netns $PAUSE type veth peer name veth-$POD
nsenter -t $PAUSE -n ip address add $SUBNET.2/24 dev eth0
ip address add $SUBNET.1/24 dev veth-$POD
ip link set veth-$POD up
