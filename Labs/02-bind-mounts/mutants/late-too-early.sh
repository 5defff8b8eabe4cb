# kills: propagation/late-private
# Mounted before the namespace was made: its copy is in there.
exit
exit
mkdir -p /mnt/{shared,slave,private}/{late,back}
for d in shared slave private; do mount --bind /mnt/$d /mnt/$d; mount --make-shared /mnt/$d; done
mount -t tmpfs late /mnt/private/late
unshare -m --propagation unchanged
mount --make-private /mnt/private
