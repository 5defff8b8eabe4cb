// Terminal controls. ioctl is variadic, so Swift cannot call it. See ioctl_tty(2).
#ifndef ISO_TERMINAL_H
#define ISO_TERMINAL_H

#include <stddef.h>
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

// The person's terminal while this program uses it: a signal that ends this process, a crash included, or stops it puts the modes back
// first that the terminal has now; when it goes on, those that were noted last are set again. One terminal at a time.
// 0, -ENOTTY: no terminal, -EBUSY: one is guarded already.
int iso_terminal_guard(int fd);
// The modes that the terminal has now are the program's: to be set again after a stop. Nothing, for a terminal that is not guarded.
void iso_terminal_note_modes(int fd);
// What is written to the terminal before it is put back, to make a terminal that shows what some program has made of it as it began.
// At most 512 bytes of it.
void iso_terminal_set_leaving(const void *bytes, size_t count);
// The guarded terminal passes every byte on as it comes (cfmakeraw), until it is released. 0 or -errno.
int iso_terminal_make_raw(void);
// Puts the terminal back, and lets signals be as before.
void iso_terminal_release(void);

// What happens to the terminal, as something that poll(2) can wait for: a descriptor that does not block and gives a byte for each event.
// One at a time (-EBUSY); iso_terminal_unwatch closes it.
enum {
    ISO_TERMINAL_RESIZED = 1,   // SIGWINCH
    ISO_TERMINAL_CONTINUED = 2, // a guarded terminal was taken again after a stop: somebody else may have used it meanwhile
};
int iso_terminal_watch(void);
void iso_terminal_unwatch(void);

#endif
