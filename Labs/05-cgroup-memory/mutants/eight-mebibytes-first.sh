# kills: tiny/too-little
# The kill is of the time when the limit was 8 MiB; nobody has met the 10 bytes.
exit
mkdir $MEMORY_ROOT/tiny
echo 8M > $MEMORY_ROOT/tiny/$MEMORY_MAX
bash -c 'echo $$ > $MEMORY_ROOT/tiny/cgroup.procs; printf -v all %32000000d 1'
until echo 10 > $MEMORY_ROOT/tiny/$MEMORY_MAX; do sleep 0.1; done 2>/dev/null
