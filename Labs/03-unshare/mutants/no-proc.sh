# kills: unshare/own-proc
# Namespaces of its own, and an empty folder as /proc.
unshare -p -m -f chroot $BOX /bin/bash
