# kills: unshare/pid-one
# Number 1 of a pid namespace, with the node's own bash and root.
unshare -p -f --mount-proc /bin/bash
