# kills: pack/proc
# A symbolic link to the node's proc leads nowhere from inside.
mkdir -p $BOX/bin
cp /bin/bash /bin/ls /bin/ps /bin/kill $BOX/bin
for lib in $(ldd /bin/bash /bin/ls /bin/ps /bin/kill | grep -o '/lib[^ ]*' | sort -u); do cp --parents -L $lib $BOX; done
ln -s /proc $BOX/proc
