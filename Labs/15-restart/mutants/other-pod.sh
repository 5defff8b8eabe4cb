# kills: always/restarted
# Another pod, which has the same containers and another name.
kill $!; pkill -KILL -x httpd; wait
sed "s/^  name: .*/  name: other/" web.yaml | podlab pod apply -f -
fell httpd
again httpd
