# kills: pack/libraries
# The binaries alone.
mkdir -p $BOX/bin $BOX/proc
cp /bin/bash /bin/ls /bin/ps /bin/kill $BOX/bin
mount -t proc proc $BOX/proc
