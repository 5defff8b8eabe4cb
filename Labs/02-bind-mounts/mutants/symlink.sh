# kills: hand-in/files
# A symbolic link is resolved from the root of the one who follows it.
mkdir /srv/notes
touch /srv/notes/a /srv/notes/b /srv/notes/c
ln -s /srv/notes $BOX/data
