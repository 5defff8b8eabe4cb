# kills: pack/proc
# One directory of a proc, which has no processes.
mkdir -p $BOX/bin $BOX/proc
cp /bin/bash /bin/ls /bin/ps /bin/kill $BOX/bin
for lib in $(ldd /bin/bash /bin/ls /bin/ps /bin/kill | grep -o '/lib[^ ]*' | sort -u); do cp --parents -L $lib $BOX; done
mount --bind /proc/sys $BOX/proc
