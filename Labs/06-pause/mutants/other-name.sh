# kills: manifest/name
# The host name is another one.
sed 's/^spec:/&\n  hostname: other/' pod.yaml > named.yaml
podlab pod apply -f named.yaml
