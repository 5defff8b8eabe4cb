# kills: cpu/quota
# Half a processor instead of a fiftieth.
mkdir $CPU_ROOT/slow
echo 50000 > $CPU_ROOT/slow/$CPU_QUOTA
