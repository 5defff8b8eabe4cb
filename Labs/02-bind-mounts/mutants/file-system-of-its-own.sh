# kills: hand-in/mounted
# A mount, but of a new tmpfs: the node has no such directory.
mkdir -p $BOX/data
mount -t tmpfs data $BOX/data
touch $BOX/data/a $BOX/data/b $BOX/data/c
