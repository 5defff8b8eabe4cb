# solves: write
# The node's directory is mounted in a mount namespace of the box's, and the node sees no mount.
umount $BOX/data
unshare -m
mount --bind /srv/notes $BOX/data
chroot $BOX /bin/bash
echo $WORD > /data/from-box
