# solves: backoff
# Whatever is there is killed, over and over, for some seconds, and then left alone.
podlab pod delete job once
podlab pod apply -f shaky.yaml
for n in $(seq 20); do pkill -KILL -x nc; sleep 0.2; done
until pgrep -x nc; do sleep 0.1; done
