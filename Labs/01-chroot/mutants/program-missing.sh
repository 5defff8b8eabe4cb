# kills: pack/programs
# kill stays behind.
mkdir -p $BOX/bin $BOX/proc
cp /bin/bash /bin/ls /bin/ps $BOX/bin
for lib in $(ldd /bin/bash /bin/ls /bin/ps /bin/kill | grep -o '/lib[^ ]*' | sort -u); do cp --parents -L $lib $BOX; done
mount -t proc proc $BOX/proc
