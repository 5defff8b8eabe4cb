# kills: numbers/node-number
# A process in the box, but with the node's numbers.
exit
chroot $BOX /bin/sleep infinity &
until pgrep -x sleep; do sleep 0.1; done
answer $(pgrep -x sleep)
