# kills: manifest/first-shares
# A shell under the agent's name makes the pod by hand.
cp /bin/bash /podlab-kubelet
cat > /agent.sh <<'END'
unshare --net --ipc --uts pause 2> /tmp/pause-2.log &
P=$!
until grep -s . /tmp/pause-2.log; do sleep 0.01; done
nsenter -t $P -u hostname $POD-2
nsenter -t $P -n ip link set lo up
join() { nsenter -t $P -n -i -u unshare -m -p -C -f --mount-proc "$@" & }
join httpd -f -p 80 -h /
join sleep infinity
until nsenter -t $P -n ss -Htln | grep -q :80; do sleep 0.01; done
touch /tmp/made
while :; do sleep 100; done
END
setsid /podlab-kubelet /agent.sh kubelet &
until [ -e /tmp/made ]; do sleep 0.01; done
