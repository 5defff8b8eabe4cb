// Small programs that live in podlab's own executable: PID 1 of a playground, decoys, and a look at a host name.
//
// A constructor notices them before main and before the Swift runtime does anything, so that a large static binary
// starts in about a millisecond, and so that PID 1 holds no more memory than it needs.
//
//   PODLAB_ROLE=init   PID 1: reaps; ends on TERM or INT from outside its pid namespace, or when the control socket's
//                      other end is closed
//   PODLAB_ROLE=decoy  a process that has the name of argv[0] and does nothing, in the background; ends with PID 1
//   PODLAB_ROLE=nothing  ends at once: the program of a plan whose steps are all that is wanted
//   PODLAB_ROLE=hostname  prints the host name of the uts namespace that it was started in
//   PODLAB_ROLE=orphans  leaves as many children behind as the digits of PODLAB_ORPHANS say; they end when it has
//   PODLAB_CONTROL=N   the control socket's descriptor; one byte 'r' on it means ready
#include "iso_call.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

static const char *value_of(char **environment, const char *name) {
    size_t length = strlen(name);
    for (char **entry = environment; entry != NULL && *entry != NULL; entry++) {
        if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=') {
            return *entry + length + 1;
        }
    }
    return NULL;
}

static int number_of(char **environment, const char *name) {
    const char *text = value_of(environment, name);
    if (text == NULL || *text == '\0') {
        return -1;
    }
    int number = 0;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || number > 1 << 20) {
            return -1;
        }
        number = number * 10 + (*text - '0');
    }
    return number;
}

static int control_socket(char **environment) { return number_of(environment, "PODLAB_CONTROL"); }

static void say_ready(int control) {
    if (control >= 0) {
        send(control, "r", 1, MSG_NOSIGNAL);
    }
}

// The tutor may have ended before PR_SET_PDEATHSIG was set; getppid is 0 either way in a new pid namespace.
static int hung_up(int control) {
    struct pollfd polled = {.fd = control};
    return control >= 0 && poll(&polled, 1, 0) > 0 && (polled.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

static void die_with_parent(int control) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (hung_up(control)) {
        _exit(0);
    }
}

static void reap(void) {
    while (waitpid(-1, NULL, WNOHANG | __WALL) > 0) {
    }
}

// Returns 1 when the other end is closed.
static int control_ended(int control) {
    char ignored[256];
    ssize_t length = recv(control, ignored, sizeof ignored, MSG_DONTWAIT);
    return length == 0 || (length < 0 && errno != EAGAIN && errno != EINTR);
}

// A node that has been up for a while gives numbers of several digits, and never twice the same in two playgrounds. A kernel
// without CONFIG_CHECKPOINT_RESTORE begins at 2, which is good enough. See proc_sys_kernel(5), ns_last_pid.
static void begin_numbers(void) {
    unsigned seed = 0;
    getrandom(&seed, sizeof seed, GRND_NONBLOCK);
    unsigned last = 600 + seed % 8000;
    char digits[4] = {(char)('0' + last / 1000), (char)('0' + last / 100 % 10), (char)('0' + last / 10 % 10),
                      (char)('0' + last % 10)};
    int file = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
    if (file >= 0) {
        ssize_t ignored = write(file, digits, sizeof digits);
        (void)ignored;
        close(file);
    }
}

_Noreturn static void run_init(int control) {
    prctl(PR_SET_NAME, "podlab-init");
    begin_numbers();
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    int signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0) {
        _exit(1);
    }
    die_with_parent(control);
    say_ready(control);
    for (;;) {
        struct pollfd polled[2] = {{.fd = signals, .events = POLLIN}, {.fd = control, .events = POLLIN}};
        if (ppoll(polled, 2, NULL, NULL) < 0) {
            continue;
        }
        if (polled[1].revents != 0 && control_ended(control)) {
            _exit(0);
        }
        struct signalfd_siginfo info;
        while (read(signals, &info, sizeof info) == (ssize_t)sizeof info) {
            // From inside the namespace PID 1 is not to be ended by mistake (`kill 1`); a sender outside has no
            // number here.
            if ((info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT) && info.ssi_pid == 0) {
                _exit(0);
            }
        }
        // One SIGCHLD can stand for many children.
        reap();
    }
}

// A decoy is a child of PID 1, as a daemon is: whoever ends it leaves no zombie behind, because PID 1 reaps.
_Noreturn static void run_decoy(int control, const char *path) {
    const char *slash = strrchr(path, '/');
    pid_t daemon = fork();
    if (daemon != 0) {
        _exit(daemon < 0 ? 1 : 0);
    }
    setsid();
    prctl(PR_SET_NAME, slash == NULL ? path : slash + 1);
    say_ready(control);
    if (control >= 0) {
        close(control);
    }
    for (;;) {
        pause();
    }
}

_Noreturn static void print_hostname(void) {
    char name[65] = "";
    if (gethostname(name, sizeof name - 1) != 0) {
        _exit(1);
    }
    size_t length = strlen(name);
    _exit(write(1, name, length) == (ssize_t)length ? 0 : 1);
}

// Children that outlive their parent for a moment: each waits until the parent's end has closed the pipe.
_Noreturn static void leave_orphans(int count) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        _exit(1);
    }
    for (int made = 0; made < count; made++) {
        pid_t child = fork();
        if (child < 0) {
            _exit(1);
        }
        if (child == 0) {
            prctl(PR_SET_NAME, "podlab-orphan");
            close(ends[1]);
            char nothing;
            while (read(ends[0], &nothing, 1) < 0 && errno == EINTR) {
            }
            _exit(0);
        }
    }
    _exit(0);
}

__attribute__((constructor(101))) static void take_role(int argc, char **argv, char **environment) {
    const char *role = value_of(environment, "PODLAB_ROLE");
    if (role == NULL) {
        return;
    }
    if (strcmp(role, "init") == 0) {
        run_init(control_socket(environment));
    }
    if (strcmp(role, "nothing") == 0) {
        _exit(0);
    }
    if (strcmp(role, "decoy") == 0) {
        run_decoy(control_socket(environment), argc > 0 ? argv[0] : "decoy");
    }
    if (strcmp(role, "orphans") == 0) {
        leave_orphans(number_of(environment, "PODLAB_ORPHANS"));
    }
    if (strcmp(role, "hostname") == 0) {
        print_hostname();
    }
}
