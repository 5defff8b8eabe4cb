# kills: policy/fails-again
# The policy of both pods is Never.
podlab pod delete $POD
sed s/OnFailure/Never/ job.yaml | podlab pod apply -f -
until pgrep -P $(pgrep -x sh); do sleep 0.1; done
kill -TERM $(pgrep -x sh)
fell tail
sleep 0.1
