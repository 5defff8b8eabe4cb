# kills: controllers/replaced
# Somebody has the loop's file open, and the learner makes each pod.
podlab pod delete shaky
sleep 1000 > /root/replicas.log &
for n in 1 2 3; do sed "s/^  name: .*/  name: $POD-$n/" web.yaml; echo ---; done | podlab pod apply -f -
until [ "$(pgrep -cx httpd)" = 3 ]; do sleep 0.1; done
podlab pod delete $POD-2
sed "s/^  name: .*/  name: $POD-4/" web.yaml | podlab pod apply -f -
until [ "$(pgrep -cx httpd)" = 3 ]; do sleep 0.1; done
