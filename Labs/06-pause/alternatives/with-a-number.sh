# solves: memory
# The size with a suffix, and a mode.
inside $A ipcmk --shmem 64KiB --mode 0600
