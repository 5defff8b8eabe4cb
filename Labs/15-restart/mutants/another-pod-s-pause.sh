# kills: sandbox/new-pause
# The pause of another pod.
podlab pod apply -f shaky.yaml
OLD=$(pgrep -nx nc)
kill -KILL $(pgrep -nx pause)
again nc
