# kills: sandbox/same-pod
# There is another pause, but of another pod.
podlab pod delete $POD
podlab pod apply -f web.yaml
