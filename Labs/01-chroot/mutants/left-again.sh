# kills: enter/inside
# Entered and left: nobody is inside.
chroot $BOX /bin/bash
exit
