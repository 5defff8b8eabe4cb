# kills: pack/programs
# The node's /bin is a symbolic link, and is copied as one.
mkdir -p $BOX/proc
cp -r /bin $BOX
for lib in $(ldd /bin/bash /bin/ls /bin/ps /bin/kill | grep -o '/lib[^ ]*' | sort -u); do cp --parents -L $lib $BOX; done
mount -t proc proc $BOX/proc
