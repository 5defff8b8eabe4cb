# solves: write
# Written by a program of the box.
chroot $BOX /bin/bash
printf '%s\n' $WORD | cat > /data/from-box
