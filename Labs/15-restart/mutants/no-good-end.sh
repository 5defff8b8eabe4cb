# kills: policy/done-stays
# SIGKILL is no good end, so it comes back.
podlab pod delete $POD
podlab pod apply -f job.yaml
fell sh
again sh
sleep 0.3
