# solves: end
# PID 1 is killed by the node.
exit
unshare -p -f --mount-proc=$BOX/proc chroot $BOX /bin/bash -c "sleep 1000 & wait" &
until pgrep -x sleep; do sleep 0.1; done
kill -KILL $(pgrep -P $!); wait
