# kills: tiny/ten
# Ten mebibytes are enough.
exit
mkdir $MEMORY_ROOT/tiny
echo 10M > $MEMORY_ROOT/tiny/$MEMORY_MAX
bash -c 'echo $$ > $MEMORY_ROOT/tiny/cgroup.procs; ls'
