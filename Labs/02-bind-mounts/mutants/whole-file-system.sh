# kills: read-only/refused
# Without `bind` the remount is one of the file system: all of the node becomes read-only.
exit
mount -o remount,ro $BOX/data
chroot $BOX /bin/bash
