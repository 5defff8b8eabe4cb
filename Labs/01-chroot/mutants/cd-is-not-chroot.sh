# kills: enter/inside
# The box's bash, with the node's root.
cd $BOX
bin/bash
