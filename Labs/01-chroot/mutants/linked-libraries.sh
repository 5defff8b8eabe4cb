# kills: pack/libraries
# A symbolic link to the node's libraries leads nowhere from inside.
mkdir -p $BOX/bin $BOX/proc
cp /bin/bash /bin/ls /bin/ps /bin/kill $BOX/bin
ln -s ../../../usr/lib $BOX/lib
ln -s ../../../usr/lib64 $BOX/lib64
mount -t proc proc $BOX/proc
