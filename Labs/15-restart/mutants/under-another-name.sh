# kills: policy/never
# The pod with the policy Never is not called `once`.
podlab pod delete $POD
sed 's/: job/: twice/; s/OnFailure/Never/' job.yaml | podlab pod apply -f -
kill -KILL $(pgrep -x tail)
sleep 0.3
sleep 0.3
