# kills: manifest/first-shares
# A shell is mounted over the agent's program, and makes the pod by hand.
mount --bind /bin/bash /usr/local/lib/podlab/podlab-node
cat > /kubelet <<'END'
unshare --net --ipc --uts pause 2> /tmp/pause-2.log &
P=$!
until grep -s . /tmp/pause-2.log; do sleep 0.01; done
printf podlab-kubelet > /proc/$$/comm
nsenter -t $P -u hostname $POD-2
join() { nsenter -t $P -n -i -u unshare -m -p -C -f --mount-proc "$@" & }
join httpd -f -p 80 -h /
join sleep infinity
until nsenter -t $P -n ss -Htln | grep -q :80; do sleep 0.01; done
touch /tmp/made
while :; do sleep 100; done
END
cd /; setsid podlab kubelet &
until [ -e /tmp/made ]; do sleep 0.01; done
