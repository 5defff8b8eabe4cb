# solves: pack
# The node's folders, mounted a second time instead of copied.
mkdir -p $BOX/bin $BOX/lib $BOX/lib64 $BOX/proc
for folder in bin lib lib64; do mount --bind /$folder $BOX/$folder; done
mount -t proc none $BOX/proc
