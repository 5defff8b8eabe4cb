# solves: unshare
# unshare changes the root by itself, and mounts proc in there.
unshare --pid --fork --root=$BOX --mount-proc /bin/bash
