# kills: numbers/node-number
# unshare is the parent of the box's first process, and stays outside.
exit
unshare -p -f --mount-proc=$BOX/proc chroot $BOX /bin/sleep infinity &
until pgrep -x sleep; do sleep 0.1; done
answer $(pgrep -x unshare)
