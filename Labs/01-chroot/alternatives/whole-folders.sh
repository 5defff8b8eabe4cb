# solves: pack
# All of the node's programs and libraries are copied.
mkdir -p $BOX/proc
cp -rL /bin /lib /lib64 $BOX
mount -t proc proc $BOX/proc
