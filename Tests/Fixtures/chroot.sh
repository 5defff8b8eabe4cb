#!/bin/bash
# A box made by hand: everything in the node's library folders goes into it, needed or not.
mkdir -p /home/namespace/box

# Where the programs and the files that they load will stand, and where the kernel's own file system goes.
mkdir -p /home/namespace/box/bin
mkdir -p /home/namespace/box/lib
mkdir -p /home/namespace/box/lib64
mkdir -p /home/namespace/box/proc

# Programs of the node.
cp -v /usr/bin/kill /home/namespace/box/bin/
cp -v /usr/bin/ps /home/namespace/box/bin
cp -v /bin/bash /home/namespace/box/bin
cp -v /bin/ls /home/namespace/box/bin

# Libraries, and the loader that starts every dynamic program.
cp -r /lib/* /home/namespace/box/lib/
cp -r /lib64/* /home/namespace/box/lib64/

# What ps and kill read.
mount -t proc proc /home/namespace/box/proc

# A shell whose root is the box.
chroot /home/namespace/box /bin/bash
