# kills: sandbox/address
# An address that is alone on its cable.
unshare --net --ipc --uts pause &
PAUSE=$!
until pgrep -x pause; do sleep 0.01; done
ip link add eth0 netns $PAUSE type veth peer name veth-$POD
nsenter -t $PAUSE -n ip address add $SUBNET.2 dev eth0
