# kills: where/root-known
# Looking is not answering.
stat -c '%d:%i' /
