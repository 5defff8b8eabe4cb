# kills: manifest/first-shares
# A shell makes the pod by hand, and then executes the agent's program: its children stay its children.
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
exec podlab kubelet
END
setsid bash /agent.sh &
until pgrep -x podlab-kubelet; do sleep 0.01; done
