# kills: hand-in/mounted
# A directory of the box, mounted at another place of the same box: nothing was handed in.
mkdir -p $BOX/own $BOX/data
touch $BOX/own/a $BOX/own/b $BOX/own/c
mount --bind $BOX/own $BOX/data
