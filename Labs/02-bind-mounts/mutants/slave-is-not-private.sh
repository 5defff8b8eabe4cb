# kills: propagation/private
# A slave still hears of every mount that its master gets.
exit
exit
mkdir -p /mnt/{shared,slave,private}/{late,back}
for d in shared slave private; do mount --bind /mnt/$d /mnt/$d; mount --make-shared /mnt/$d; done
unshare -m --propagation unchanged
mount --make-slave /mnt/slave
mount --make-slave /mnt/private
