# kills: pack/libraries
# Each name is there, and one of them is another library.
mkdir -p $BOX/bin $BOX/proc
cp /bin/bash /bin/ls /bin/ps /bin/kill $BOX/bin
for lib in $(ldd /bin/bash /bin/ls /bin/ps /bin/kill | grep -o '/lib[^ ]*' | sort -u); do cp --parents -L $lib $BOX; done
for lib in $(ldd /bin/bash | grep -o '/lib.*tinfo[^ ]*'); do cp -L $(ldd /bin/bash | grep -o '/lib.*libc\.so[^ ]*') $BOX$lib; done
mount -t proc proc $BOX/proc
