# kills: policy/never
# The pod is gone, so there is nothing to restart.
podlab pod delete $POD
sed 's/: job/: once/; s/OnFailure/Never/' job.yaml | podlab pod apply -f -
podlab pod delete once
sleep 0.3
