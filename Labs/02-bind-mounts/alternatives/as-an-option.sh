# solves: hand-in
# The option bind, and a relative path.
mkdir -p /srv/notes $BOX/data
cd /srv/notes
touch a b c
mount -o bind . $BOX/data
