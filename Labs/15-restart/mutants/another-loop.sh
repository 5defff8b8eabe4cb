# kills: loop/kept
# The loop goes with it, and another loop starts the next one.
while :; do httpd -f -p 8080; done 2>/dev/null &
until pgrep -x httpd; do sleep 0.1; done
kill -KILL $!; pkill -KILL -x httpd; wait
while :; do httpd -f -p 8080; done 2>/dev/null &
until pgrep -x httpd; do sleep 0.1; done
