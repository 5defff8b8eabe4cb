# kills: policy/never
# The second pod has another name and the same policy.
podlab pod delete $POD
sed 's/: job/: once/' job.yaml | podlab pod apply -f -
fell tail
again tail
sleep 0.3
