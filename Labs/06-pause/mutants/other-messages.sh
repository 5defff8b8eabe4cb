# kills: restart/restarted
# The new A is in the pod's network, but not in its IPC namespace.
kill -KILL $A
nsenter -t $PAUSE -n -u unshare -i -m -p -C -f --mount-proc httpd -f -p 80 &
until pgrep -x -P $! httpd; do sleep 0.01; done
