# kills: pack/own-folder
# Another name for the node's root is no box.
rm -rf $BOX
ln -s / $BOX
