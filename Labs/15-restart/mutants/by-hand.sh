# kills: loop/kept
# The learner starts it again, not a loop.
httpd -f -p 8080 &
until pgrep -x httpd; do sleep 0.1; done
kill -KILL $(pgrep -x httpd); wait
httpd -f -p 8080 &
until pgrep -x httpd; do sleep 0.1; done
