# solves: hand-in
# The node's directory is on a tmpfs of the node.
mount -t tmpfs notes /srv
mkdir -p /srv/notes $BOX/data
touch /srv/notes/a /srv/notes/b /srv/notes/c
mount --bind /srv/notes $BOX/data
