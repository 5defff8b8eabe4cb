# solves: read-only
# The box is entered by another mount of it, and only there its /data is read-only.
exit
mount --rbind $BOX /mnt
mount -o remount,bind,ro /mnt/data
chroot /mnt /bin/bash
