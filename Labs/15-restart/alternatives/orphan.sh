# solves: loop
# The loop is nobody's child, and has a session of its own.
fell() { OLD=$(pgrep -x $1); kill -KILL $OLD; }
again() { until pgrep -x $1 | grep -vx "$OLD"; do sleep 0.1; done; }
nohup setsid bash -c 'while :; do httpd -f -p 8080; done' > /tmp/loop.log 2>&1 &
again httpd
fell httpd
again httpd
