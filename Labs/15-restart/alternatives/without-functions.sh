# solves: backoff
# Whatever is there is killed, over and over, for some seconds.
podlab pod delete job once
podlab pod apply -f shaky.yaml
for n in $(seq 20); do pkill -KILL -x nc; sleep 0.2; done
