# solves: where
# The inode number from ls, the device from stat.
set -- $(ls -di /)
answer $(stat -c %d /):$1
