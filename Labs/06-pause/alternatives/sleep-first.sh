# solves: join
# The one that sleeps is first.
inside() { nsenter -t $1 -m -n -i -u -p -C "${@:2}"; }
container() { nsenter --target $PAUSE --net --ipc --uts unshare --mount --pid --cgroup --fork --mount-proc "$@" & disown; }
container sleep 100000
until B=$(pgrep -x -P $! sleep); do sleep 0.01; done
container sh -c 'mount -t tmpfs tmpfs /srv; exec httpd -f -h /srv'
until A=$(pgrep -x -P $! httpd); do sleep 0.01; done
until nsenter -t $PAUSE -n ss -Htln | grep :80; do sleep 0.01; done
