#!/bin/bash
# What a learner would type in lab 02. The variables are set by the playground.
# step: hand-in
mkdir -p /srv/notes $BOX/data
touch /srv/notes/a /srv/notes/b /srv/notes/c
mount --bind /srv/notes $BOX/data
chroot $BOX /bin/ls /data

# step: write
chroot $BOX /bin/bash
echo $WORD > /data/from-box

# step: read-only
exit
mount -o remount,bind,ro $BOX/data
chroot $BOX /bin/bash
touch /data/d

# step: private
exit
mkdir -p $BOX/scratch
unshare -m
mount -t tmpfs scratch $BOX/scratch
chroot $BOX /bin/bash
touch /scratch/token

# step: propagation
exit
exit
mkdir -p /mnt/{shared,slave,private}/{late,back}
for d in shared slave private; do mount --bind /mnt/$d /mnt/$d; mount --make-shared /mnt/$d; done
unshare -m --propagation unchanged
mount --make-slave /mnt/slave
mount --make-private /mnt/private
for d in shared slave private; do nsenter -t 1 -m mount -t tmpfs late /mnt/$d/late; done
for d in shared slave private; do mount -t tmpfs back /mnt/$d/back; done
findmnt -o TARGET,PROPAGATION | grep /mnt
