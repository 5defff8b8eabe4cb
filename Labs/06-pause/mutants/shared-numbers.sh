# kills: manifest/apart
# The containers share a pid namespace.
sed 's/^spec:/&\n  shareProcessNamespace: true/' pod.yaml > shared.yaml
podlab pod apply -f shared.yaml
