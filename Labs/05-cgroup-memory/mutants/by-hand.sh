# kills: exceed/killed
# The learner kills the greedy program, not the kernel.
greedy 10 --hold &
kill -9 $!
wait
