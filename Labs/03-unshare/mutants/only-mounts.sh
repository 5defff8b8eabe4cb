# kills: unshare/pid-one
# A mount namespace is no pid namespace.
unshare -m chroot $BOX /bin/bash
