# solves: restart
# Killed from within the network namespace of the pod.
nsenter -t $PAUSE -n kill -s KILL $A
while kill -0 $A 2> /tmp/gone; do sleep 0.01; done
container sh -c 'mount -t tmpfs tmpfs /srv; exec httpd -f -p 80 -h /srv'
until A=$(pgrep -x -P $! httpd); do sleep 0.01; done
