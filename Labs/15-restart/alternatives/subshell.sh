# solves: loop
# A subshell has put it into the background, and has ended; and all by one line.
fell() { OLD=$(pgrep -x $1); kill -KILL $OLD; }
again() { until pgrep -x $1 | grep -vx "$OLD"; do sleep 0.1; done; }
( while :; do httpd -f -p 8080; done 2>/dev/null & ); again httpd; sleep 0.3; fell httpd; again httpd
