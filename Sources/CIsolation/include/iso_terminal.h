// Terminal controls. ioctl is variadic, so Swift cannot call it. See ioctl_tty(2).
#ifndef ISO_TERMINAL_H
#define ISO_TERMINAL_H

#include <stdint.h>

// TIOCGPTPEER: the other side of a pty by its master, without a path: right even where /dev/pts is another mount.
// Opened read-write, O_NOCTTY, close-on-exec.
int iso_pty_peer(int master);
// TIOCSPTLCK 0: what unlockpt does.
int iso_pty_unlock(int master);
// TIOCGPTN: the number N of /dev/pts/N.
int iso_pty_number(int master);
// TIOCSCTTY: the caller must be a session leader without a terminal.
int iso_set_controlling_terminal(int fd);
// TIOCGPGRP: the foreground process group, in the caller's pid namespace; 0 if it is not visible there.
int iso_foreground_group(int fd);
// TIOCGSID on either side of a pty.
int iso_terminal_session(int fd);
int iso_set_window_size(int fd, uint16_t rows, uint16_t columns);
int iso_window_size(int fd, uint16_t *rows, uint16_t *columns);

#endif
