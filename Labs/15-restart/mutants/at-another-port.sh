# kills: loop/kept
# The one that comes back listens elsewhere.
echo 8080 > /tmp/port
while :; do httpd -f -p $(cat /tmp/port); done 2>/dev/null &
until pgrep -x httpd; do sleep 0.1; done
echo 8081 > /tmp/port
OLD=$(pgrep -x httpd); kill -KILL $OLD
until pgrep -x httpd | grep -vx $OLD; do sleep 0.1; done
