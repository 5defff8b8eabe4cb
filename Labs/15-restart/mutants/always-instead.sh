# kills: policy/done-stays
# With the policy Always even what has ended well is started again.
podlab pod delete $POD
sed s/OnFailure/Always/ job.yaml | podlab pod apply -f -
until pgrep -P $(pgrep -x sh); do sleep 0.1; done
OLD=$(pgrep -x sh); kill -TERM $OLD
again sh
sleep 0.3
