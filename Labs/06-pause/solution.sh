#!/bin/bash
# What a learner would type in lab 06. The variables are set by the playground.
# step: sandbox
unshare --net --ipc --uts pause 2> /tmp/pause.log &
PAUSE=$!
until grep -s . /tmp/pause.log; do sleep 0.01; done
nsenter -t $PAUSE -u hostname $POD
nsenter -t $PAUSE -n ip link set lo up
ip link add eth0 netns $PAUSE type veth peer name veth-$POD
nsenter -t $PAUSE -n ip address add $SUBNET.2/24 dev eth0
nsenter -t $PAUSE -n ip link set eth0 up
ip address add $SUBNET.1/24 dev veth-$POD
ip link set veth-$POD up

# step: join
inside() { nsenter -t $1 -m -n -i -u -p -C "${@:2}"; }
container() { nsenter -t $PAUSE -n -i -u unshare -m -p -C -f --mount-proc "$@" & disown; }
container sh -c 'mount -t tmpfs tmpfs /srv; exec httpd -f -p 80 -h /srv'
until A=$(pgrep -x -P $! httpd); do sleep 0.01; done
container sleep infinity
until B=$(pgrep -x -P $! sleep); do sleep 0.01; done
until nsenter -t $PAUSE -n ss -Htln | grep :80; do sleep 0.01; done

# step: localhost
inside $A sh -c 'echo '$POD' > /srv/index.html'
inside $B wget -q -O - http://127.0.0.1
inside $B httpd -f -p 8080 & disown
until nsenter -t $PAUSE -n ss -Htln | grep :8080; do sleep 0.01; done

# step: memory
inside $A ipcmk -M 65536

# step: restart
kill -KILL $A
while kill -0 $A 2> /tmp/gone; do sleep 0.01; done
container sh -c 'mount -t tmpfs tmpfs /srv; exec httpd -f -p 80 -h /srv'
until A=$(pgrep -x -P $! httpd); do sleep 0.01; done

# step: zombies
unshare --pid --fork --mount-proc sleep infinity &
until S=$(pgrep -x -P $! sleep); do sleep 0.01; done
nsenter -t $S -p -m sh -c 'sleep 0 & sleep 0 &'
until ps --ppid $S -o stat= | grep Z; do sleep 0.01; done
unshare -n -i -u -p -m -f --mount-proc pause &
until P=$(pgrep -x -P $! pause); do sleep 0.01; done
nsenter -t $P -n -i -u -p unshare -m -C --mount-proc sleep infinity &
until pgrep -x -P $! sleep; do sleep 0.01; done

# step: manifest
podlab pod apply -f /root/pod.yaml
until podlab pod exec $POD-2 -c b -- wget -q -O /dev/null http://127.0.0.1/ 2>&1 | grep 404; do sleep 0.01; done
