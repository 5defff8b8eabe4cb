# kills: exceed/killed
# The limit bites the shell itself.
exec greedy 64
