# solves: read-only
# Taken away, and mounted again with both options at once.
exit
umount $BOX/data
mount -o bind,ro /srv/notes $BOX/data
chroot $BOX /bin/bash
