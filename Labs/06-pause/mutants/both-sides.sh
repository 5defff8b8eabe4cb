# kills: memory/segment
# The node has such a segment as well.
inside $A ipcmk -M 65536
ipcmk -M 65536
