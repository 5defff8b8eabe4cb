# kills: limits/kubelet-killed
# Ended, but from outside the box.
exit
kill $(ps -C kubelet -o pid=)
