# kills: exceed/killed
# It takes less than the limit.
greedy 16
