# solves: policy
# A line for each pod, which is deleted at its end.
podlab pod delete $POD
podlab pod apply -f job.yaml; until pgrep -P $(pgrep -x sh); do sleep 0.1; done; kill -TERM $(pgrep -x sh); fell tail; again tail; sleep 0.5; podlab pod delete job
sed 's/: job/: once/; s/OnFailure/Never/' job.yaml | podlab pod apply -f -; until pgrep -P $(pgrep -x sh); do sleep 0.1; done; sleep 0.2; fell tail; sleep 0.5; podlab pod delete once
