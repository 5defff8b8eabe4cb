# kills: write/one-file
# Unmounted first: the word lands in the empty directory that was the mount point.
umount $BOX/data
chroot $BOX /bin/bash
echo $WORD > /data/from-box
