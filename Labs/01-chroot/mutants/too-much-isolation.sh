# kills: enter/files-only
# A mount namespace on top.
unshare --mount chroot $BOX /bin/bash
