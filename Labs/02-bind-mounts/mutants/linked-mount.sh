# kills: hand-in/mounted
# The mount is on the node only; behind a link the box has files of its own.
mkdir -p /srv/real /srv/notes $BOX/srv/notes
touch /srv/real/a /srv/real/b /srv/real/c $BOX/srv/notes/a $BOX/srv/notes/b $BOX/srv/notes/c
mount --bind /srv/real /srv/notes
ln -s /srv/notes $BOX/data
