# kills: sandbox/new-pause
# A shell with the names of the agent and of pause around programs that are neither.
pkill -KILL -f 'podlab kubelet'
until ! pgrep -x podlab-kubelet; do sleep 0.1; done
mount --bind /usr/bin/sleep /usr/local/bin/pause
cp /bin/bash /podlab-kubelet
printf 'while :; do pause infinity; done' > /agent.sh
setsid /podlab-kubelet /agent.sh kubelet 2> /tmp/agent.log &
until pgrep -x pause; do sleep 0.1; done
OLD=$(pgrep -x pause); kill -KILL $OLD
until pgrep -x pause | grep -vx $OLD; do sleep 0.1; done
