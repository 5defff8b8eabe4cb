# kills: numbers/node-number
# The node's own PID 1 is not the box's.
exit
unshare -p -f --mount-proc=$BOX/proc chroot $BOX /bin/sleep infinity &
until pgrep -x sleep; do sleep 0.1; done
answer 1
