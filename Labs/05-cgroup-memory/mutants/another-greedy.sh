# kills: exceed/repeated
# Once it was killed; then another program, which takes nothing, got its name.
greedy 64
cp /bin/true /usr/local/bin/greedy
