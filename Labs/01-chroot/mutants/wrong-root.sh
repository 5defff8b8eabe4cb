# kills: where/root-known
# The numbers of another directory.
answer $(stat -c '%d:%i' /home/namespace)
