# kills: limits/kubelet-killed
# The box is made another name of the node's root, and nobody has been inside.
exit
umount $BOX/proc
rm -r $BOX
ln -s / $BOX
kill $(ps -C kubelet -o pid=)
