# kills: hand-in/mounted
# The files are copied: another directory with other inodes.
mkdir /srv/notes
touch /srv/notes/a /srv/notes/b /srv/notes/c
cp -r /srv/notes $BOX/data
