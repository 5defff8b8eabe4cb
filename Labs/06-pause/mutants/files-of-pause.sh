# kills: join/own
# A is in the mount and cgroup namespaces of a pause.
unshare -n -i -u -p -m -C -f --mount-proc pause &
until P=$(pgrep -x -P $! pause); do sleep 0.01; done
nsenter -t $P -n -i -u -m -C unshare -p -f httpd -f -p 80 &
until pgrep -x httpd; do sleep 0.01; done
