# kills: alone/talks
# As a new network namespace begins.
unshare -n bash
ip link
