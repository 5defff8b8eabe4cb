# kills: tiny/too-little
# Where nobody is, nobody needs memory.
exit
mkdir $MEMORY_ROOT/tiny
echo 10 > $MEMORY_ROOT/tiny/$MEMORY_MAX
ls
