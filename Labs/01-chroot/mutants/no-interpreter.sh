# kills: pack/libraries
# All libraries, but not what loads them.
mkdir -p $BOX/bin $BOX/proc
cp /bin/bash /bin/ls /bin/ps /bin/kill $BOX/bin
for lib in $(ldd /bin/bash /bin/ls /bin/ps /bin/kill | grep -o '/lib/[^ ]*' | grep -v ld-linux | sort -u); do cp --parents -L $lib $BOX; done
mount -t proc proc $BOX/proc
