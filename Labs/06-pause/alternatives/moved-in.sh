# solves: sandbox
# The cable is made on the node, and one end is moved.
unshare -n -i -u pause 2> /tmp/pause.log &
PAUSE=$!
until grep -s . /tmp/pause.log; do sleep 0.01; done
nsenter -t $PAUSE -u hostname $POD
ip link add veth-$POD type veth peer name eth0
ip link set eth0 netns $PAUSE
ip link set veth-$POD up
ip address add $SUBNET.1/24 dev veth-$POD
nsenter -t $PAUSE -n sh -c 'ip link set lo up; ip link set eth0 up; ip address add '$SUBNET'.2/24 dev eth0'
