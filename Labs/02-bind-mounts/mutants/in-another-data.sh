# kills: write/written
# The node has the word where the box has it in the node's eyes; who is in the box sees another /data.
echo $WORD > /srv/notes/from-box
unshare -m
mount -t tmpfs other $BOX/data
chroot $BOX /bin/bash
