# kills: memory/segment
# A has left the pod's IPC namespace for the node's.
nsenter -t $PAUSE -n -u unshare -m -p -C -f --mount-proc sh -c 'exec httpd -f -p 81' & disown
until pgrep -x -P $! httpd; do sleep 0.01; done
kill -KILL $A
ipcmk -M 65536
