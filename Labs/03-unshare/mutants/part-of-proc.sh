# kills: unshare/own-proc
# The entry of one process, from a proc of its own that was mounted elsewhere.
unshare -p -f --mount-proc bash -c "mount --bind /proc/1 $BOX/proc; exec chroot $BOX /bin/bash"
