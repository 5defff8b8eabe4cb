# kills: read-only/mount-read-only
# Read-only in a namespace in which nobody is: the box still writes.
exit
unshare -m mount -o remount,bind,ro $BOX/data
chroot $BOX /bin/bash
