# kills: localhost/second
# The second server listens in the node.
httpd -f -p 8080 &
until ss -Htln | grep :8080; do sleep 0.01; done
