# kills: join/first-shares
# A is a container, but of no pod.
unshare -m -p -C -f --mount-proc httpd -f -p 80 &
until pgrep -x httpd; do sleep 0.01; done
