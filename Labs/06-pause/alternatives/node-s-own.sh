# solves: memory
# The node has a segment of that size, too: another one, which is nobody else's business.
ipcmk -M 65536
inside $A ipcmk -M 65536
