# kills: end/taken-down
# Process 1 goes on.
sleep 1000 &
ps -ax
