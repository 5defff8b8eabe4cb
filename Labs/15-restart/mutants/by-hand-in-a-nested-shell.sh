# kills: loop/kept
# Somebody types both starts into one shell, which is not the terminal's own.
bash
httpd -f -p 8080 &
until pgrep -x httpd; do sleep 0.1; done
kill -KILL $(pgrep -x httpd); wait
httpd -f -p 8080 &
until pgrep -x httpd; do sleep 0.1; done
