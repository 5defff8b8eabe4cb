# solves: end
# PID 1 becomes a program that ends.
sleep 1000 &
ps -ax
exec /bin/hostname
