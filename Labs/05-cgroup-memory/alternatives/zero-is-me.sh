# solves: tiny
# 0 is whoever writes it; ls takes the place of bash.
exit
mkdir $MEMORY_ROOT/tiny
echo 10 > $MEMORY_ROOT/tiny/$MEMORY_MAX
bash -c 'echo 0 > $MEMORY_ROOT/tiny/cgroup.procs; exec ls'
