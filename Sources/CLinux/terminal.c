// Terminal controls.
#include "iso_call.h"

#include <asm/ioctls.h>
#include <fcntl.h>
#include <sys/ioctl.h>

#include "iso_terminal.h"

int iso_pty_peer(int master) {
    return (int)ISO_CALL(SYS_ioctl, master, (unsigned long)TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

int iso_pty_unlock(int master) {
    int locked = 0;
    return (int)ISO_CALL(SYS_ioctl, master, (unsigned long)TIOCSPTLCK, &locked);
}

int iso_pty_number(int master) {
    unsigned number = 0;
    long result = ISO_CALL(SYS_ioctl, master, (unsigned long)TIOCGPTN, &number);
    return result < 0 ? (int)result : (int)number;
}

int iso_set_controlling_terminal(int fd) { return (int)ISO_CALL(SYS_ioctl, fd, (unsigned long)TIOCSCTTY, 0); }

int iso_foreground_group(int fd) {
    int group = 0;
    long result = ISO_CALL(SYS_ioctl, fd, (unsigned long)TIOCGPGRP, &group);
    return result < 0 ? (int)result : group;
}

int iso_terminal_session(int fd) {
    int session = 0;
    long result = ISO_CALL(SYS_ioctl, fd, (unsigned long)TIOCGSID, &session);
    return result < 0 ? (int)result : session;
}

int iso_set_window_size(int fd, uint16_t rows, uint16_t columns) {
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    return (int)ISO_CALL(SYS_ioctl, fd, (unsigned long)TIOCSWINSZ, &size);
}

int iso_window_size(int fd, uint16_t *rows, uint16_t *columns) {
    struct winsize size = {0};
    long result = ISO_CALL(SYS_ioctl, fd, (unsigned long)TIOCGWINSZ, &size);
    if (result < 0) {
        return (int)result;
    }
    *rows = size.ws_row;
    *columns = size.ws_col;
    return 0;
}
