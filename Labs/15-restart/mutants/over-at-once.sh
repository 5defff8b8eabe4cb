# kills: policy/never
# The sh has ended before: with the tail all of the pod is over, and nobody can tell whether anybody would have come.
podlab pod delete $POD
sed 's/: job/: once/; s/OnFailure/Never/' job.yaml | podlab pod apply -f -
until pgrep -P $(pgrep -x sh); do sleep 0.1; done
kill -TERM $(pgrep -x sh)
fell tail
sleep 0.5
