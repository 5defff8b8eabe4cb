# solves: backoff
# All falls by one line.
podlab pod delete job once
podlab pod apply -f shaky.yaml
for n in 1 2 3 4 5; do fell nc; again nc; done
