# kills: pack/programs
# Another program under their names.
mkdir -p $BOX/bin $BOX/proc
cp /bin/bash $BOX/bin
for name in ls ps kill; do cp /bin/true $BOX/bin/$name; done
for lib in $(ldd /bin/bash /bin/ls /bin/ps /bin/kill | grep -o '/lib[^ ]*' | sort -u); do cp --parents -L $lib $BOX; done
mount -t proc proc $BOX/proc
