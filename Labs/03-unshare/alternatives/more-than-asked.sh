# solves: unshare
# Other namespaces besides do no harm.
unshare -p -f -n -i -u --mount-proc=$BOX/proc chroot $BOX /bin/bash
