#!/bin/bash
# The node's /tmp, given to whoever is in the box.
touch /tmp/a
touch /tmp/b
touch /tmp/c
mkdir -p /home/namespace/box/data
mount --bind /tmp/ /home/namespace/box/data
chroot /home/namespace/box /bin/bash
ls data
