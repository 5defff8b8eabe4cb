# kills: names/own-namespaces
# Processes are still counted with the node.
unshare -m -u -i chroot $BOX /bin/bash
hostname $PODNAME
