# Section 3.4.3 of the notes, slips put right: two dashes before mount-proc, and a backslash where a line goes on.
unshare -p -f \
    --mount-proc=/home/namespace/box/proc \
    chroot /home/namespace/box /bin/bash
ps -ax
