# kills: restart/restarted
# The server that is back listens elsewhere.
kill -KILL $A
while kill -0 $A 2> /tmp/gone; do sleep 0.01; done
container httpd -f -p 81
until nsenter -t $PAUSE -n ss -Htln | grep -q ':81 '; do sleep 0.01; done
