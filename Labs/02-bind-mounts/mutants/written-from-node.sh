# kills: write/inside
# The word is there, but nobody was in the box.
echo $WORD > $BOX/data/from-box
