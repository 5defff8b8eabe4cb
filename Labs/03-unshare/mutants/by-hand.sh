# kills: end/taken-down
# The child was ended by hand before.
sleep 1000 &
kill %1; wait
exit
