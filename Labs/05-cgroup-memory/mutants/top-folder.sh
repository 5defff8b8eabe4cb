# kills: where/own-group
# Where control groups are mounted is not where the shell is.
answer $(stat -c %d:%i $(dirname $MEMORY_ROOT))
