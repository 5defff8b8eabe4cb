# kills: memory/segment
# A segment of the node.
ipcmk -M 65536
