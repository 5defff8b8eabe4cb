# kills: localhost/second
# The second server is in the pod's network, but in no container.
nsenter -t $PAUSE -n httpd -f -p 8080 &
until nsenter -t $PAUSE -n ss -Htln | grep :8080; do sleep 0.01; done
