// The small processes of a playground, each chosen by the environment that podlab gives it.
//
//   PODLAB_ROLE=init   PID 1: reaps; ends on TERM or INT from outside its pid namespace, or when the control socket's
//                      other end is closed
//   PODLAB_ROLE=decoy  a process that has the name of argv[0] and does nothing, in the background; ends with PID 1
//   PODLAB_ROLE=nothing  ends at once: the program of a plan whose steps are all that is wanted
//   PODLAB_CONTROL=N   the control socket's descriptor; one byte 'r' on it means ready
#include "roles.h"

#include "iso_executor.h"
#include "iso_file.h"
#include "iso_process.h"
#include "iso_socket.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { MASK_SIZE = 8 };

static const char *value_of(char **environment, const char *name) {
    size_t length = strlen(name);
    for (char **entry = environment; entry != NULL && *entry != NULL; entry++) {
        if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=') {
            return *entry + length + 1;
        }
    }
    return NULL;
}

static long fork_process(void) { return ISO_CALL(SYS_clone, SIGCHLD, 0, 0, 0, 0); }

static void say_ready(int control) {
    if (control >= 0) {
        iso_send(control, "r", 1, -1);
    }
}

// The tutor may have ended before PR_SET_PDEATHSIG was set; getppid is 0 either way in a new pid namespace.
static void die_with_parent(int control) {
    iso_set_parent_death_signal(SIGKILL);
    int events = control < 0 ? 0 : iso_poll(control, 0, 0);
    if (events > 0 && (events & (POLLHUP | POLLERR | POLLNVAL)) != 0) {
        leave(0);
    }
}

static void reap(void) {
    while (ISO_CALL(SYS_wait4, -1, NULL, WNOHANG | __WALL, NULL) > 0) {
    }
}

// Returns 1 when the other end is closed.
static int control_ended(int control) {
    char ignored[256];
    long length = ISO_CALL(SYS_recvfrom, control, ignored, sizeof ignored, MSG_DONTWAIT, NULL, NULL);
    return length == 0 || (length < 0 && length != -EAGAIN && length != -EINTR);
}

// A node that has been up for a while gives numbers of several digits, and never twice the same in two playgrounds. A kernel
// without CONFIG_CHECKPOINT_RESTORE begins at 2, which is good enough. See proc_sys_kernel(5), ns_last_pid.
static void begin_numbers(void) {
    unsigned seed = 0;
    ISO_CALL(SYS_getrandom, &seed, sizeof seed, 1 /* GRND_NONBLOCK */);
    unsigned last = 600 + seed % 8000;
    char digits[4] = {(char)('0' + last / 1000), (char)('0' + last / 100 % 10), (char)('0' + last / 10 % 10),
                      (char)('0' + last % 10)};
    int file = iso_openat(AT_FDCWD, "/proc/sys/kernel/ns_last_pid", O_WRONLY, 0);
    if (file >= 0) {
        ISO_CALL(SYS_write, file, digits, sizeof digits);
        ISO_CALL(SYS_close, file);
    }
}

_Noreturn static void run_init(int control) {
    iso_set_name("podlab-init");
    begin_numbers();
    uint64_t all = ~0ULL;
    ISO_CALL(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, MASK_SIZE);
    int signals = (int)ISO_CALL(SYS_signalfd4, -1, &all, MASK_SIZE, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0) {
        leave(1);
    }
    die_with_parent(control);
    say_ready(control);
    for (;;) {
        struct pollfd polled[2] = {{.fd = signals, .events = POLLIN}, {.fd = control, .events = POLLIN}};
        // For as long as the playground lives.
        if (ISO_CALL(SYS_ppoll, polled, 2, NULL, NULL, MASK_SIZE) < 0) {
            continue;
        }
        if (polled[1].revents != 0 && control_ended(control)) {
            leave(0);
        }
        struct signalfd_siginfo info;
        while (ISO_CALL(SYS_read, signals, &info, sizeof info) == (long)sizeof info) {
            // From inside the namespace PID 1 is not to be ended by mistake (`kill 1`); a sender outside has no
            // number here.
            if ((info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT) && info.ssi_pid == 0) {
                leave(0);
            }
        }
        // One SIGCHLD can stand for many children.
        reap();
    }
}

// A decoy is a child of PID 1, as a daemon is: whoever ends it leaves no zombie behind, because PID 1 reaps.
_Noreturn static void run_decoy(int control, const char *path) {
    const char *slash = strrchr(path, '/');
    long daemon = fork_process();
    if (daemon != 0) {
        leave(daemon < 0);
    }
    ISO_CALL(SYS_setsid);
    iso_set_name(slash == NULL ? path : slash + 1);
    say_ready(control);
    if (control >= 0) {
        ISO_CALL(SYS_close, control);
    }
    for (;;) { // until somebody ends it
        ISO_CALL(SYS_ppoll, NULL, 0, NULL, NULL, MASK_SIZE);
    }
}

void take_role(const char *name, char **environment) {
    const char *role = value_of(environment, "PODLAB_ROLE");
    int control = number(value_of(environment, "PODLAB_CONTROL"));
    if (role == NULL) {
        return;
    }
    if (strcmp(role, "init") == 0) {
        run_init(control);
    }
    if (strcmp(role, "nothing") == 0) {
        leave(0);
    }
    if (strcmp(role, "decoy") == 0) {
        run_decoy(control, name);
    }
}
