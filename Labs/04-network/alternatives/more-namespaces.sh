# solves: alone
# Other namespaces besides do no harm.
unshare -n -m -p -f --mount-proc bash
ip link set dev lo up
