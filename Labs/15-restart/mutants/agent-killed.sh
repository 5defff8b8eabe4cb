# kills: sandbox/new-pause
# The agent is ended, and all pods with it; the next agent begins with everything anew.
pkill -KILL -f 'podlab kubelet'
until podlab pod get $POD | grep Running; do sleep 0.1; done
