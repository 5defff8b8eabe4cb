# kills: backoff/waits
# The same container in a pod of another name.
podlab pod delete job once
sed 's/: shaky/: firm/' shaky.yaml | podlab pod apply -f -
for n in 1 2 3 4 5; do fell nc; again nc; done
