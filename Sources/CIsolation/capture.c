// The terminal of the person, while another terminal is relayed to it: raw, and put back on every way out.
//
// The handlers call only what signal-safety(7) allows. One terminal at a time.
#include "iso_call.h"

#include <fcntl.h>
#include <signal.h>
#include <termios.h>

#include "iso_file.h"
#include "iso_terminal.h"

static struct {
    int fd;
    int events[2];
    struct termios before, raw;
    struct sigaction previous[NSIG];
    unsigned char changed[NSIG];
} captured = {.fd = -1, .events = {-1, -1}};

// Signals that end a program. What nohup(1) or a shell has made it ignore stays ignored.
static const int ending[] = {SIGHUP,  SIGINT, SIGQUIT, SIGILL,  SIGTRAP,   SIGABRT, SIGBUS,  SIGFPE, SIGUSR1,
                             SIGSEGV, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM, SIGVTALRM, SIGPROF, SIGXCPU, SIGXFSZ, SIGSYS};

// In the background the modes are the business of whoever has the terminal now, and changing them would stop us.
static int in_foreground(void) { return tcgetpgrp(captured.fd) == getpgrp(); }

static void put_back(void) {
    if (captured.fd >= 0 && in_foreground()) {
        tcsetattr(captured.fd, TCSANOW, &captured.before);
    }
}

static void take_again(void) {
    if (captured.fd >= 0 && in_foreground()) {
        tcsetattr(captured.fd, TCSANOW, &captured.raw);
    }
}

static void by_default(int signal, struct sigaction *ours) {
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigaction(signal, &action, ours);
}

// The default action follows when the handler returns, the signal being blocked until then.
static void on_end(int signal) {
    int error = errno;
    put_back();
    by_default(signal, NULL);
    kill(getpid(), signal);
    errno = error;
}

static void on_stop(int signal) {
    int error = errno;
    put_back();
    struct sigaction ours;
    by_default(signal, &ours);
    kill(getpid(), signal);
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, signal);
    pthread_sigmask(SIG_UNBLOCK, &only, NULL); // stops here
    sigaction(signal, &ours, NULL);
    take_again();
    errno = error;
}

// SIGWINCH, and SIGCONT after a stop: a shell has put its own modes there meanwhile, and the window may be another size.
static void on_change(int signal) {
    int error = errno;
    if (signal == SIGCONT) {
        take_again();
    }
    char byte = 0;
    ssize_t ignored = write(captured.events[1], &byte, 1);
    (void)ignored;
    errno = error;
}

static void handle(int signal, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigfillset(&action.sa_mask);
    if (sigaction(signal, NULL, &captured.previous[signal]) != 0
        || (captured.previous[signal].sa_handler == SIG_IGN && handler != on_change)) {
        return;
    }
    captured.changed[signal] = sigaction(signal, &action, NULL) == 0;
}

int iso_terminal_capture(int fd) {
    if (captured.fd >= 0) {
        return -EBUSY;
    }
    if (tcgetattr(fd, &captured.before) != 0) {
        return -errno;
    }
    if (pipe2(captured.events, O_CLOEXEC | O_NONBLOCK) != 0) {
        return -errno;
    }
    captured.raw = captured.before;
    cfmakeraw(&captured.raw);
    captured.fd = fd;
    for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++) {
        handle(ending[i], on_end);
    }
    handle(SIGTSTP, on_stop);
    handle(SIGWINCH, on_change);
    handle(SIGCONT, on_change);
    // Started in the background, we are stopped here until somebody brings us to the foreground.
    int result;
    do {
        result = tcsetattr(fd, TCSADRAIN, &captured.raw) == 0 ? 0 : -errno;
    } while (result == -EINTR);
    if (result < 0) {
        iso_terminal_release();
        return result;
    }
    return captured.events[0];
}

void iso_terminal_release(void) {
    if (captured.fd < 0) {
        return;
    }
    if (in_foreground()) {
        while (tcsetattr(captured.fd, TCSADRAIN, &captured.before) != 0 && errno == EINTR) {
        }
    }
    for (int signal = 1; signal < NSIG; signal++) {
        if (captured.changed[signal]) {
            sigaction(signal, &captured.previous[signal], NULL);
            captured.changed[signal] = 0;
        }
    }
    captured.fd = -1;
    for (int end = 0; end < 2; end++) {
        close(captured.events[end]);
        captured.events[end] = -1;
    }
}
