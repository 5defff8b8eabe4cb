# kills: restart/restarted
# A new pod with a new pause, which gets the old address: as the pod without a pause, but for the address.
kill -KILL $A $B $(pgrep -x httpd) $PAUSE
while ip link show veth-$POD > /tmp/gone 2>&1; do sleep 0.01; done
unshare --net --ipc --uts pause 2> /tmp/new.log &
PAUSE=$!
until grep -s . /tmp/new.log; do sleep 0.01; done
ip link add eth0 netns $PAUSE type veth peer name veth-$POD
nsenter -t $PAUSE -n ip address add $SUBNET.2/24 dev eth0
container sh -c 'mount -t tmpfs tmpfs /srv; exec httpd -f -p 80 -h /srv'
until pgrep -x -P $! httpd; do sleep 0.01; done
