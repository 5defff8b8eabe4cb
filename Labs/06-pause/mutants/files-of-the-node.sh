# kills: join/own
# A has a pid namespace of its own, but the node's files.
nsenter -t $PAUSE -n -i -u unshare -p -C -f httpd -f -p 80 &
until pgrep -x httpd; do sleep 0.01; done
