# solves: exceed
# greedy runs below a subshell, and more than once.
(greedy 64); (greedy 64)
