# kills: always/restarted
# Number 1 of a pid namespace does not notice SIGTERM.
kill $!; pkill -KILL -x httpd; wait
podlab pod apply -f web.yaml
kill -TERM $(pgrep -x httpd)
sleep 0.1
