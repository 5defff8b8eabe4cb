# solves: enter
# The shell becomes the one in the box; nobody waits for it.
exec chroot $BOX /bin/bash
