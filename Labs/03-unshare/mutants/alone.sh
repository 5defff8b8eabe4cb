# kills: end/taken-down
# Nobody was left to take down.
exit
