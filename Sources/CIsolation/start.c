// The parent's side: clone3, and the reports.
#include "iso_call.h"

#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include "iso_executor.h"
#include "iso_plan.h"
#include "iso_socket.h"

// What a child that shares our memory begins with; it stands at the low end of its stack.
struct beginning {
    struct iso_plan plan;
    int pair[2];
    uint32_t uid, gid;
};

static int begin(void *argument) {
    struct beginning *beginning = argument;
    ISO_CALL(SYS_close, beginning->pair[0]);
    iso_execute(&beginning->plan, beginning->pair[1], beginning->uid, beginning->gid);
}

static int make_sharing_child(const struct iso_plan *plan, const int pair[2], uint32_t uid, uint32_t gid, int *pidfd) {
    struct beginning *beginning = plan->stack;
    *beginning = (struct beginning){.plan = *plan, .pair = {pair[0], pair[1]}, .uid = uid, .gid = gid};
    uintptr_t top = ((uintptr_t)plan->stack + plan->stack_size) & ~(uintptr_t)15;
    int flags = CLONE_VM | CLONE_PIDFD | SIGCHLD | (int)plan->namespaces;
    int pid = clone(begin, (void *)top, flags, beginning, pidfd);
    return pid < 0 ? -errno : pid;
}

static int make_child(const struct iso_plan *plan, struct iso_started *started) {
    int pair[2];
    int result = iso_socket_pair(pair);
    if (result < 0) {
        return result;
    }
    uint32_t uid = (uint32_t)ISO_CALL(SYS_geteuid), gid = (uint32_t)ISO_CALL(SYS_getegid);
    int pidfd = -1;
    struct clone_args arguments = {
        .flags = CLONE_PIDFD | plan->namespaces, .pidfd = (uint64_t)(uintptr_t)&pidfd, .exit_signal = SIGCHLD};
    if (plan->cgroup != ISO_NONE) {
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = (uint64_t)plan->cgroup;
    }
    // No handler of this program may run in the child, where half of the program is missing; so every signal waits.
    // Each path from here on passes the one line that restores the mask.
    uint64_t all = ~0ULL, before;
    result = (int)ISO_CALL(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all);
    if (result == 0) {
        if (plan->stack != NULL) {
            result = make_sharing_child(plan, pair, uid, gid, &pidfd);
        } else {
            result = (int)ISO_CALL(SYS_clone3, &arguments, sizeof arguments);
            if (result == 0) {
                ISO_CALL(SYS_close, pair[0]);
                iso_execute(plan, pair[1], uid, gid);
            }
        }
        ISO_CALL(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof before);
    }
    ISO_CALL(SYS_close, pair[1]);
    if (result < 0) {
        ISO_CALL(SYS_close, pair[0]);
        return result;
    }
    *started = (struct iso_started){.pid = result, .pidfd = pidfd, .socket = pair[0]};
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
