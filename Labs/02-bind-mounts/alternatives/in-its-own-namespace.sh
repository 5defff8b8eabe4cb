# solves: read-only
# Only in a mount namespace of the box's is the mount read-only; the node's stays as it was.
exit
unshare -m bash -c "mount -o remount,bind,ro $BOX/data; exec chroot $BOX /bin/bash"
