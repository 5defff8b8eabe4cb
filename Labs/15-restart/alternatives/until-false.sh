# solves: loop
# Another loop, and SIGTERM for the server.
fell() { OLD=$(pgrep -x $1); kill -KILL $OLD; }
again() { until pgrep -x $1 | grep -vx "$OLD"; do sleep 0.1; done; }
until false; do httpd -f -p 8080; done 2>/dev/null &
again httpd
OLD=$(pgrep -x httpd); kill -TERM $OLD
again httpd
