# solves: numbers
# Two boxes run, and the number of either's first process is one.
exit
unshare -p -f --mount-proc=$BOX/proc chroot $BOX /bin/bash -c 'kill -STOP $$; read' &
unshare -p -f --mount-proc=$BOX/proc chroot $BOX /bin/sleep infinity &
until pgrep -x sleep; do sleep 0.1; done
answer $(pgrep -x sleep)
