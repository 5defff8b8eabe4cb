# kills: backoff/waits
# Two ends by one line: the last wait is a sixth of a second.
podlab pod delete job once
podlab pod apply -f shaky.yaml
for n in 1 2; do fell nc; again nc; done
