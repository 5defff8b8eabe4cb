# solves: manifest
# The manifest is read from standard input.
podlab pod apply -f - < /root/pod.yaml
until podlab pod exec $POD-2 -c b -- wget -q -O /dev/null http://127.0.0.1/ 2>&1 | grep 404; do sleep 0.01; done
