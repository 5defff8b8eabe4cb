# kills: enter/inside
# The node's root under the box's name: nobody has entered anything.
umount $BOX/proc
rm -r $BOX
ln -s / $BOX
