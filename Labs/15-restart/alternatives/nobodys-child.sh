# solves: loop
# The loop looks whether an httpd is there, and starts one in the background of a subshell, which ends.
while :; do pgrep -x httpd > /tmp/there || (httpd -f -p 8080 &); sleep 0.1; done 2>/dev/null &
until pgrep -x httpd; do sleep 0.1; done
OLD=$(pgrep -x httpd); kill -KILL $OLD
until pgrep -x httpd | grep -vx $OLD; do sleep 0.1; done
