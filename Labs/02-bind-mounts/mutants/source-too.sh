# kills: read-only/refused
# The node's own path to the directory is a read-only mount as well.
exit
umount $BOX/data
mount --bind /srv/notes /srv/notes
mount -o remount,bind,ro /srv/notes
mount --bind /srv/notes $BOX/data
chroot $BOX /bin/bash
