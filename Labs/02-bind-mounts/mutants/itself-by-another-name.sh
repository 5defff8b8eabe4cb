# kills: hand-in/mounted
# The box's own directory, mounted over itself by way of another path: it lies in the box all the same.
mkdir -p $BOX/data
touch $BOX/data/a $BOX/data/b $BOX/data/c
mount --bind $BOX/data /mnt
mount --bind /mnt $BOX/data
