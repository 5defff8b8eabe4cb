# solves: policy
# The one that fails falls first.
podlab pod delete $POD
podlab pod apply -f job.yaml
until pgrep -P $(pgrep -x sh); do sleep 0.1; done
fell tail
again tail
kill -TERM $(pgrep -x sh)
sed 's/: job/: once/; s/OnFailure/Never/' job.yaml | podlab pod apply -f -
kill -KILL $(pgrep -x tail)
sleep 0.3
sleep 0.3
