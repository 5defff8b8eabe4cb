# kills: end/taken-down
# Without a pid namespace the orphan lives on.
exit
chroot $BOX /bin/bash
sleep 1000 &
exit
