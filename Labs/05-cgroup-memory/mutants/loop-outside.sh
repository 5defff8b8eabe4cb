# kills: cpu/throttled
# The loop is outside.
mkdir $CPU_ROOT/slow
echo 2000 > $CPU_ROOT/slow/$CPU_QUOTA
timeout 0.2 sh -c 'while :; do :; done'
