# solves: names
# Joined from the node, and named from there.
unshare -p -f -u -i --mount-proc=$BOX/proc chroot $BOX /bin/sleep infinity &
until pgrep -x sleep; do sleep 0.1; done
nsenter -t $(pgrep -x sleep) -u hostname $PODNAME
nsenter -t $(pgrep -x sleep) -m -u -i -p chroot $BOX /bin/bash
