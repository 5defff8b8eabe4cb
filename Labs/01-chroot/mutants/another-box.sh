# kills: enter/inside
# A copy elsewhere is not the box.
mkdir /tmp/copy
cp -r $BOX/bin $BOX/lib $BOX/lib64 /tmp/copy
chroot /tmp/copy /bin/bash
