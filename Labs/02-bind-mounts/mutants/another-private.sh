# kills: propagation/private
# A new tmpfs over the copy is private as well, and is not the node's directory.
exit
exit
mkdir -p /mnt/{shared,slave,private}/{late,back}
for d in shared slave private; do mount --bind /mnt/$d /mnt/$d; mount --make-shared /mnt/$d; done
unshare -m --propagation unchanged
mount --make-slave /mnt/slave
mount --make-private /mnt/private
mount -t tmpfs mine /mnt/private
