# solves: numbers
# The number of the first process of a pid namespace, as lsns lists it.
exit
unshare -p -f --mount-proc=$BOX/proc chroot $BOX /bin/sleep infinity &
until pgrep -x sleep; do sleep 0.1; done
answer $(lsns -n -t pid -o PID,COMMAND | grep sleep | grep -o "^ *[0-9]*")
