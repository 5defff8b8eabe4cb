# kills: manifest/web
# It listens at another port.
sed 's/"80"/"81"/' pod.yaml > port.yaml
podlab pod apply -f port.yaml
until podlab pod exec $POD-2 -c b -- wget -q -O /dev/null http://127.0.0.1:81/ 2>&1 | grep 404; do sleep 0.01; done
