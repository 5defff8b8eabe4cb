# solves: pack
# The folders of the box are links into its /usr, as on Debian.
mkdir -p $BOX/usr/bin $BOX/usr/lib $BOX/usr/lib64 $BOX/proc
ln -s usr/bin $BOX/bin; ln -s usr/lib $BOX/lib; ln -s usr/lib64 $BOX/lib64
cp /bin/bash /bin/ls /bin/ps /bin/kill $BOX/usr/bin
for lib in $(ldd /bin/bash /bin/ls /bin/ps /bin/kill | grep -o '/lib[^ ]*' | sort -u); do mkdir -p $BOX${lib%/*}; cp -L $lib $BOX$lib; done
mount -t proc proc $BOX/proc
