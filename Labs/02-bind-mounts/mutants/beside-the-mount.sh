# kills: write/written
# Written into the box's own root, not into what was handed in.
chroot $BOX /bin/bash
echo $WORD > /from-box
