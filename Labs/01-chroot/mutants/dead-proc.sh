# kills: pack/proc
# The proc of a pid namespace that has ended lists nobody.
mkdir -p $BOX/bin $BOX/proc
cp /bin/bash /bin/ls /bin/ps /bin/kill $BOX/bin
for lib in $(ldd /bin/bash /bin/ls /bin/ps /bin/kill | grep -o '/lib[^ ]*' | sort -u); do cp --parents -L $lib $BOX; done
unshare -p -f mount -t proc proc $BOX/proc
