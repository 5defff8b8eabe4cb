# kills: read-only/mount-read-only
# One mount(2) call with MS_BIND and MS_RDONLY: the kernel ignores the latter.
exit
umount $BOX/data
busybox mount -o bind,ro /srv/notes $BOX/data
chroot $BOX /bin/bash
