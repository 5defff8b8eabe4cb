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

// The person's terminal while another is relayed to it: raw (cfmakeraw), until iso_terminal_release. A signal that ends or stops
// this process puts the modes back first; after a stop they are raw again. One terminal at a time.
// Returns a descriptor that becomes readable when the window may have another size (SIGWINCH, SIGCONT); it is closed by the
// release. -ENOTTY: no terminal.
int iso_terminal_capture(int fd);
void iso_terminal_release(void);

#endif
