# solves: hand-in
# The files are made through the mount.
mkdir -p /srv/notes $BOX/data
mount --rbind /srv/notes $BOX/data
touch $BOX/data/a $BOX/data/b $BOX/data/c
