# solves: alone
# A first try whose lo is down was left running.
unshare -n bash -c 'while :; do sleep 9; done' &
until pgrep -x sleep; do sleep 0.1; done
unshare -n bash
ip link set lo up
