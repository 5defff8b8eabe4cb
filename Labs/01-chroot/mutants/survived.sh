# kills: limits/kubelet-killed
# A signal that ends nothing.
kill -0 $(ps -C kubelet -o pid=)
