# solves: private
# One line, with a namespace that follows the node.
exit
mkdir -p $BOX/scratch
unshare --mount --propagation slave bash -c "mount -t tmpfs none $BOX/scratch; exec chroot $BOX /bin/bash"
