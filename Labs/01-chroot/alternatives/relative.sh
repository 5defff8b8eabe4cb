# solves: enter
# From inside the folder, with relative paths.
cd $BOX
chroot . bin/bash
