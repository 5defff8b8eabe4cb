# kills: manifest/second-shares
# A manifest with one container.
sed '/name: b$/,/infinity/d' pod.yaml > one.yaml
podlab pod apply -f one.yaml
