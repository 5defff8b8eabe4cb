# kills: restart/restarted
# The same pause, but its address is another.
kill -KILL $A
nsenter -t $PAUSE -n ip address del $SUBNET.2/24 dev eth0
nsenter -t $PAUSE -n ip address add $SUBNET.9/24 dev eth0
container sh -c 'mount -t tmpfs tmpfs /srv; exec httpd -f -p 80 -h /srv'
until pgrep -x -P $! httpd; do sleep 0.01; done
