# kills: sandbox/same-pod
# The httpd is back beside the old pause; then there is another pause, of another pod.
fell httpd
again httpd
podlab pod delete $POD
podlab pod apply -f web.yaml
