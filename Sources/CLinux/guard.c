// The terminal of the person while this program uses it: put back on every way out, and taken again after a stop.
//
// The handlers call only what signal-safety(7) allows, and what they read is there before they are installed. One terminal at a time.
#include "iso_call.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>

#include "iso_terminal.h"

enum { LEAVING_MAX = 512, ALTERNATE_STACK = 64 * 1024 };

static struct {
    int fd;
    struct termios first, now; // as it was found, and as it was set last
    struct sigaction previous[NSIG];
    unsigned char changed[NSIG];
    char leaving[LEAVING_MAX];
    volatile sig_atomic_t leaving_count;
} guarded = {.fd = -1};

static struct {
    int ends[2]; // the reader's, and the one that handlers write to
    struct sigaction previous;
} events = {.ends = {-1, -1}};

// Signals that end a program. What nohup(1) or a shell has made it ignore stays ignored.
static const int ending[] = {SIGHUP,  SIGINT, SIGQUIT, SIGILL,  SIGTRAP,   SIGABRT, SIGBUS,  SIGFPE, SIGUSR1,
                             SIGSEGV, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM, SIGVTALRM, SIGPROF, SIGXCPU, SIGXFSZ, SIGSYS};

// In the background the modes are the business of whoever has the terminal now, and changing them would stop us (SIGTTOU). A terminal
// that is not the one that controls us (ENOTTY) has no background.
static int may_set(void) {
    pid_t group = tcgetpgrp(guarded.fd);
    return group < 0 || group == getpgrp();
}

static void write_leaving(void) {
    size_t count = (size_t)guarded.leaving_count;
    // A terminal is written to by the descriptor that it is read by, where that was opened for both.
    if (count > 0 && write(guarded.fd, guarded.leaving, count) < 0) {
        ssize_t ignored = write(STDOUT_FILENO, guarded.leaving, count);
        (void)ignored;
    }
}

static void put_back(void) {
    if (guarded.fd >= 0 && may_set()) {
        write_leaving();
        tcsetattr(guarded.fd, TCSANOW, &guarded.first);
    }
}

static void tell(char event) {
    if (events.ends[1] >= 0) {
        ssize_t ignored = write(events.ends[1], &event, 1);
        (void)ignored;
    }
}

static void take_again(void) {
    if (guarded.fd >= 0 && may_set()) {
        tcsetattr(guarded.fd, TCSANOW, &guarded.now);
        tell(ISO_TERMINAL_CONTINUED);
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
    raise(signal);
    errno = error;
}

static void on_stop(int signal) {
    int error = errno;
    put_back();
    struct sigaction ours;
    by_default(signal, &ours);
    // To this thread: another one would stop the process when this one has taken the terminal again.
    raise(signal);
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, signal);
    pthread_sigmask(SIG_UNBLOCK, &only, NULL); // stops here
    pthread_sigmask(SIG_BLOCK, &only, NULL);
    sigaction(signal, &ours, NULL);
    // Also where the kernel stopped nothing, because nobody would be there to continue it.
    take_again();
    errno = error;
}

// After a stop, SIGSTOP included: a shell has put its own modes there meanwhile.
static void on_continue(int signal) {
    int error = errno;
    (void)signal;
    take_again();
    errno = error;
}

static void on_resize(int signal) {
    int error = errno;
    (void)signal;
    tell(ISO_TERMINAL_RESIZED);
    errno = error;
}

static void handle(int signal, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART | SA_ONSTACK};
    sigfillset(&action.sa_mask);
    if (sigaction(signal, NULL, &guarded.previous[signal]) != 0
        || (guarded.previous[signal].sa_handler == SIG_IGN && handler != on_continue)) {
        return;
    }
    guarded.changed[signal] = sigaction(signal, &action, NULL) == 0;
}

// A stack that has overflowed is no place for a handler. It is this thread's, and stays.
static void give_alternate_stack(void) {
    static char memory[ALTERNATE_STACK];
    stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory};
    sigaltstack(&stack, NULL);
}

int iso_terminal_guard(int fd) {
    if (guarded.fd >= 0) {
        return -EBUSY;
    }
    if (tcgetattr(fd, &guarded.first) != 0) {
        return -errno;
    }
    guarded.now = guarded.first;
    guarded.leaving_count = 0;
    guarded.fd = fd;
    give_alternate_stack();
    for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++) {
        handle(ending[i], on_end);
    }
    handle(SIGTSTP, on_stop);
    handle(SIGCONT, on_continue);
    return 0;
}

void iso_terminal_note_modes(int fd) {
    struct termios modes;
    if (fd >= 0 && fd == guarded.fd && tcgetattr(fd, &modes) == 0) {
        guarded.now = modes;
    }
}

void iso_terminal_set_leaving(const void *bytes, size_t count) {
    // A signal in between finds nothing, not a half.
    guarded.leaving_count = 0;
    count = count < LEAVING_MAX ? count : LEAVING_MAX;
    if (guarded.fd >= 0 && count > 0) {
        memcpy(guarded.leaving, bytes, count);
        guarded.leaving_count = (sig_atomic_t)count;
    }
}

void iso_terminal_release(void) {
    if (guarded.fd < 0) {
        return;
    }
    for (int signal = 1; signal < NSIG; signal++) {
        if (guarded.changed[signal]) {
            sigaction(signal, &guarded.previous[signal], NULL);
            guarded.changed[signal] = 0;
        }
    }
    if (may_set()) {
        write_leaving();
        while (tcsetattr(guarded.fd, TCSADRAIN, &guarded.first) != 0 && errno == EINTR) {
        }
    }
    guarded.fd = -1;
}

int iso_terminal_make_raw(void) {
    struct termios raw = guarded.first;
    cfmakeraw(&raw);
    // Before it is so: a stop on the way takes it again as it is to be.
    guarded.now = raw;
    // Started in the background, we are stopped here until somebody brings us to the foreground.
    int result;
    do {
        result = tcsetattr(guarded.fd, TCSADRAIN, &raw) == 0 ? 0 : -errno;
    } while (result == -EINTR);
    return result;
}

int iso_terminal_watch(void) {
    if (events.ends[0] >= 0) {
        return -EBUSY;
    }
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
        return -errno;
    }
    events.ends[0] = ends[0];
    events.ends[1] = ends[1];
    struct sigaction action = {.sa_handler = on_resize, .sa_flags = SA_RESTART};
    sigaction(SIGWINCH, &action, &events.previous);
    return ends[0];
}

void iso_terminal_unwatch(void) {
    if (events.ends[0] < 0) {
        return;
    }
    sigaction(SIGWINCH, &events.previous, NULL);
    int ends[2] = {events.ends[0], events.ends[1]};
    // Handlers of a guard may still come, and must not write to whatever has the number next.
    events.ends[1] = -1;
    events.ends[0] = -1;
    close(ends[1]);
    close(ends[0]);
}
