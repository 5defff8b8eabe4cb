# kills: always/restarted
# A pod by hand, and a loop of the shell that keeps its httpd: no agent has a part in it.
kill $!; pkill -KILL -x httpd; wait
unshare --net --ipc --uts pause 2> /tmp/pause.log &
until grep -s . /tmp/pause.log; do sleep 0.1; done
P=$(pgrep -x pause)
mkdir -p /srv
while :; do nsenter -t $P -n -i -u unshare -m -p -C -f --mount-proc httpd -f -h /srv; done 2>/dev/null &
until pgrep -x httpd; do sleep 0.1; done
OLD=$(pgrep -x httpd); kill -KILL $OLD
until pgrep -x httpd | grep -vx $OLD; do sleep 0.1; done
