# solves: sandbox
# pause has pid and mount namespaces of its own as well, as real ones have.
unshare -n -i -u -p -m -f --mount-proc pause &
until PAUSE=$(pgrep -x -P $! pause); do sleep 0.01; done
nsenter -t $PAUSE -u hostname $POD
nsenter -t $PAUSE -n ip link set lo up
ip link add eth0 netns $PAUSE type veth peer name veth-$POD
nsenter -t $PAUSE -n ip address add $SUBNET.2/24 dev eth0
nsenter -t $PAUSE -n ip link set eth0 up
ip address add $SUBNET.1/24 dev veth-$POD
ip link set veth-$POD up
