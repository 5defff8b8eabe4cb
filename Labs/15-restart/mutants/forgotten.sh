# kills: backoff/waits
# Another pod begins with no failures.
podlab pod delete job once
podlab pod apply -f shaky.yaml
podlab pod delete shaky
sleep 0.3
podlab pod apply -f shaky.yaml
