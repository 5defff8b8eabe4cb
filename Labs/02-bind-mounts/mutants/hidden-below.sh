# kills: propagation/late-slave
# It arrives, and is covered at once: no path leads to it.
exit
exit
mkdir -p /mnt/{shared,slave,private}/{late,back}
for d in shared slave private; do mount --bind /mnt/$d /mnt/$d; mount --make-shared /mnt/$d; done
unshare -m --propagation unchanged
mount --make-slave /mnt/slave
nsenter -t 1 -m mount -t tmpfs late /mnt/slave/late
mount --bind /mnt/slave/late/.. /mnt/slave/late
