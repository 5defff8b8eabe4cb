# solves: loop
# The loop stands in a file, and gives each server a shell of its own.
fell() { OLD=$(pgrep -x $1); kill -KILL $OLD; }
again() { until pgrep -x $1 | grep -vx "$OLD"; do sleep 0.1; done; }
echo 'while true; do sh -c "httpd -f -p 8080; echo ended"; done' > keep.sh
bash keep.sh > /tmp/kept.log 2>&1 &
again httpd
fell httpd
again httpd
