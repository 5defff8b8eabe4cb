# solves: alone
# A network namespace that has a name.
ip netns add mine
ip netns exec mine bash
ip link set lo up
