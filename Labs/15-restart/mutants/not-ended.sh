# kills: loop/kept
# The loop has had nothing to do yet.
while :; do httpd -f -p 8080; done 2>/dev/null &
until pgrep -x httpd; do sleep 0.1; done
