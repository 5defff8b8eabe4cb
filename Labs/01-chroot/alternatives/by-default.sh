# solves: enter
# chroot starts $SHELL when no program is named.
SHELL=/bin/bash chroot $BOX
