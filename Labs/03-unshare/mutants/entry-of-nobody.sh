# kills: unshare/own-proc
# One entry of a proc of its own: that of the mount command itself, which has ended.
unshare -p -f -m
mount -t proc proc /mnt
mount --bind /mnt/self $BOX/proc
exec chroot $BOX /bin/bash
