# kills: memory/segment
# A segment of another size.
inside $A ipcmk -M 4096
