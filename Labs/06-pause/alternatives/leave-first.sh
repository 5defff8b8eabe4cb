# solves: join
# What is to be their own is made first, and what the pod shares is joined from there.
inside() { nsenter -t $1 -m -n -i -u -p -C "${@:2}"; }
container() { unshare -m -p -C -f nsenter -t $PAUSE -n -i -u "$@" & disown; }
container httpd -f -h /var
until A=$(pgrep -x -P $! httpd); do sleep 0.01; done
container sleep 1d
until B=$(pgrep -x -P $! sleep); do sleep 0.01; done
until nsenter -t $PAUSE -n ss -Htln | grep :80; do sleep 0.01; done
