# kills: always/restarted
# Another pod of the same name is not the same pod.
kill $!; pkill -KILL -x httpd; wait
podlab pod apply -f web.yaml
podlab pod delete $POD
podlab pod apply -f web.yaml
