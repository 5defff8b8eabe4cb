#!/bin/bash
# What a learner would type in lab 01. The variables are set by the playground.
# step: where
stat -c '%d:%i' /
answer $(stat -c '%d:%i' /)

# step: pack
mkdir -p $BOX/bin $BOX/proc
cp -v /bin/bash /bin/ls /bin/ps /bin/kill $BOX/bin
for lib in $(ldd /bin/bash /bin/ls /bin/ps /bin/kill | grep -o '/lib[^ ]*' | sort -u); do cp --parents -L $lib $BOX; done
mount -t proc proc $BOX/proc

# step: enter
chroot $BOX /bin/bash

# step: limits
ps -ax
kill $(ps -C kubelet -o pid=)
