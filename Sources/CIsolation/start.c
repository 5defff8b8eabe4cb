// The parent's side: starting the executor, and its reports.
#include "iso_call.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include "iso_file.h"
#include "iso_plan.h"
#include "iso_process.h"
#include "iso_socket.h"

enum { STACK_SIZE = 16384, FIRST = 3, DIGITS = 12 };

// What the child has until it executes the executor. It shares our memory meanwhile, and this thread stands still.
struct beginning {
    const struct iso_plan *plan;
    int socket; // its end of the report socket
    int file;   // the packed plan
    char socket_number[DIGITS];
    char file_number[DIGITS];
    int result; // -errno of what failed
};

static void write_number(char *text, int number) {
    char digits[DIGITS];
    int count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    while (count > 0) {
        *text++ = digits[--count];
    }
    *text = '\0';
}

// The standard streams. A source may be one of the numbers that are given anew, so all are moved away first.
static int give_streams(const struct iso_plan *plan) {
    int moved[3];
    for (int i = 0; i < 3; i++) {
        moved[i] = plan->streams[i] == ISO_NONE ? ISO_NONE : iso_duplicate_above(plan->streams[i], FIRST);
        if (moved[i] < 0 && moved[i] != ISO_NONE) {
            return moved[i];
        }
    }
    for (int i = 0; i < 3; i++) {
        long result = moved[i] == ISO_NONE ? 0 : ISO_CALL(SYS_dup3, moved[i], i, 0);
        if (result < 0) {
            return (int)result;
        }
    }
    return 0;
}

// A range of descriptors that exec closes. Ours are made so anyway; this is for those that other libraries open.
static void mark_range(uint32_t first, uint32_t last) {
    if (first <= last) {
        iso_close_range(first, last, ISO_CLOSE_RANGE_CLOEXEC);
    }
}

// Only what the plan names is handed on. What cannot be marked is none; the operation that names it will say so.
static void hand_on(const struct beginning *beginning) {
    const struct iso_plan *plan = beginning->plan;
    ISO_CALL(SYS_fcntl, beginning->socket, F_SETFD, 0);
    ISO_CALL(SYS_fcntl, beginning->file, F_SETFD, 0);
    uint32_t next = FIRST;
    int numbers[2] = {beginning->socket, beginning->file};
    for (uint32_t i = 0, own = 0; i < plan->named_count || own < 2;) {
        // Two ascending rows, one after the other's measure.
        int from_own = own < 2 && (i == plan->named_count || numbers[own] < plan->named[i]);
        int fd = from_own ? numbers[own++] : plan->named[i++];
        if (fd < FIRST) {
            continue;
        }
        ISO_CALL(SYS_fcntl, fd, F_SETFD, 0);
        if ((uint32_t)fd > next) {
            mark_range(next, (uint32_t)fd - 1);
        }
        next = (uint32_t)fd + 1;
    }
    mark_range(next, ~0U);
}

static int begin(void *argument) {
    struct beginning *beginning = argument;
    const char *arguments[] = {"podlab-init", "plan", beginning->socket_number, beginning->file_number, NULL};
    const char *environment[] = {NULL};
    beginning->result = give_streams(beginning->plan);
    if (beginning->result == 0) {
        hand_on(beginning);
        beginning->result = iso_execveat(beginning->plan->program, "", arguments, environment, AT_EMPTY_PATH);
    }
    ISO_CALL(SYS_exit, 127);
    return 0; // never reached
}

static int make_child(const struct iso_plan *plan, struct iso_started *started) {
    ISO_OWNED int file = iso_pack(plan);
    if (file < 0) {
        return file;
    }
    int pair[2];
    int result = iso_socket_pair(pair);
    if (result < 0) {
        return result;
    }
    ISO_OWNED int ours = pair[0];
    ISO_OWNED int theirs = pair[1];
    if (theirs > file) { // ascending, as hand_on wants them; both are new, and which is which does not matter
        int moved = iso_duplicate_above(file, theirs + 1);
        if (moved < 0) {
            return moved;
        }
        ISO_CALL(SYS_close, file);
        file = moved;
    }
    struct beginning beginning = {.plan = plan, .socket = theirs, .file = file};
    write_number(beginning.socket_number, theirs);
    write_number(beginning.file_number, file);
    // No handler of this program may run in the child, so every signal waits. Each path from here on passes the one line
    // that restores the mask; the executor takes the signals in again at the end of its plan.
    uint64_t all = ~0ULL, before;
    result = (int)ISO_CALL(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all);
    if (result < 0) {
        return result;
    }
    _Alignas(16) unsigned char stack[STACK_SIZE];
    ISO_OWNED int pidfd = -1;
    int pid = clone(begin, stack + sizeof stack, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &beginning, &pidfd);
    result = pid < 0 ? -errno : beginning.result;
    ISO_CALL(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof before);
    if (result < 0) {
        if (pid >= 0) { // it has ended: this thread has waited for that
            struct iso_exit how;
            iso_wait_pidfd(pidfd, 0, &how);
        }
        return result;
    }
    *started = (struct iso_started){.pid = pid, .pidfd = iso_give(&pidfd), .socket = iso_give(&ours)};
    return 0;
}

// The lasting thread. PR_SET_PDEATHSIG fires when the *thread* that made the child ends, and pools end idle threads.
static struct {
    pthread_mutex_t turn;  // one caller at a time
    pthread_mutex_t state; // guards the fields below
    pthread_cond_t changed;
    const struct iso_plan *plan; // not NULL: work
    struct iso_started *started;
    int result;
    int finished;
    int running;
} lasting = {
    .turn = PTHREAD_MUTEX_INITIALIZER, .state = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void *serve(void *unused) {
    (void)unused;
    pthread_mutex_lock(&lasting.state);
    for (;;) {
        while (lasting.plan == NULL) {
            pthread_cond_wait(&lasting.changed, &lasting.state);
        }
        lasting.result = make_child(lasting.plan, lasting.started);
        lasting.plan = NULL;
        lasting.finished = 1;
        pthread_cond_broadcast(&lasting.changed);
    }
    return NULL;
}

static int begin_serving(void) {
    // The thread takes no signals: they are for the program's own threads.
    sigset_t all, before;
    sigfillset(&all);
    pthread_attr_t attributes;
    pthread_t thread;
    int result = pthread_attr_init(&attributes);
    if (result != 0) {
        return -result;
    }
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    result = pthread_create(&thread, &attributes, serve, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return -result;
}

static int start_from_lasting_thread(const struct iso_plan *plan, struct iso_started *started) {
    pthread_mutex_lock(&lasting.turn);
    pthread_mutex_lock(&lasting.state);
    int result = 0;
    if (!lasting.running) {
        result = begin_serving();
        lasting.running = result == 0;
    }
    if (result == 0) {
        lasting.plan = plan;
        lasting.started = started;
        lasting.finished = 0;
        pthread_cond_broadcast(&lasting.changed);
        while (!lasting.finished) {
            pthread_cond_wait(&lasting.changed, &lasting.state);
        }
        result = lasting.result;
    }
    pthread_mutex_unlock(&lasting.state);
    pthread_mutex_unlock(&lasting.turn);
    return result;
}

int iso_start(const struct iso_plan *plan, struct iso_started *started) {
    return plan->lasting_thread ? start_from_lasting_thread(plan, started) : make_child(plan, started);
}

int iso_receive_report(int socket, struct iso_report *report, int *fd) {
    int length = iso_receive(socket, report, sizeof *report, fd);
    if (length <= 0) {
        return length == -ECONNRESET ? 0 : length; // the child was killed with an answer unread
    }
    if (length != (int)sizeof *report) {
        if (*fd >= 0) {
            ISO_CALL(SYS_close, *fd);
        }
        *fd = -1;
        return -EPROTO;
    }
    report->detail[sizeof report->detail - 1] = '\0';
    return 1;
}

int iso_answer(int socket) { return iso_send(socket, "g", 1, -1); }
