// The guard of a playground: PID 1 of a pid namespace around that of the playground, whose own PID 1 is its child.
//
// The learner's root may take over every process that it sees, PID 1 included: trace it, stop it, take its death signal
// away, close what it waits for. It does not see the guard, which is in no pid namespace of its own. When the guard ends, for
// whatever reason, the kernel kills everything in its pid namespace and in those below. See pid_namespaces(7).
#include "iso_executor.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>

#include "iso_process.h"
#include "iso_socket.h"

_Noreturn static void end(void) {
    for (;;) {
        ISO_CALL(SYS_exit_group, 0);
    }
}

_Noreturn static void guard(struct iso_state *state, int control, int guarded) {
    const struct iso_credentials_operands root = {.rule = ISO_GROUPS_DROP_IF_ALLOWED};
    int32_t kept[2];
    uint32_t count = iso_insert(kept, 0, control);
    count = iso_insert(kept, count, guarded);
    iso_prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    iso_set_name("podlab-guard");
    // A session of its own: Ctrl-C at the tutor's terminal is not meant for it. The host's folders are not held.
    ISO_CALL(SYS_setsid);
    if (iso_do_credentials(state, &root) < 0) {
        end();
    }
    // After the change of credentials, which clears it. The parent may have ended before that: then the socket says so.
    if (iso_set_parent_death_signal(SIGKILL) < 0) {
        end();
    }
    for (int fd = 0; fd < 3; fd++) {
        ISO_CALL(SYS_close, fd);
    }
    // The socket of the report goes last: whoever started all this waits until nobody has it any longer, and then the guard is as it stays.
    if (iso_close_others(kept, count) < 0) {
        end();
    }
    for (;;) {
        struct pollfd polled[2] = {{.fd = control}, {.fd = guarded, .events = POLLIN}};
        // For as long as the playground lives: it is waited for from outside, with a deadline.
        long ready = ISO_CALL(SYS_ppoll, polled, 2, NULL, NULL, 0);
        if (ready > 0 || (ready < 0 && ready != -EINTR)) {
            end();
        }
    }
}

int iso_do_guard(struct iso_state *state, const struct iso_guard_operands *operands) {
    int pidfd = -1;
    struct clone_args arguments = {
        .flags = CLONE_NEWPID | CLONE_PIDFD, .pidfd = (uint64_t)(uintptr_t)&pidfd, .exit_signal = SIGCHLD};
    if (operands->cgroup != ISO_NONE) {
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = (uint64_t)operands->cgroup;
    }
    int control = iso_register(state, operands->control);
    long pid = ISO_CALL(SYS_clone3, &arguments, sizeof arguments);
    if (pid < 0) {
        return (int)pid;
    }
    if (pid == 0) {
        return iso_wait_for_answer(state);
    }
    struct iso_report report = iso_report_now(state, ISO_GUARDED);
    int sent = iso_send(state->socket, &report, sizeof report, pidfd);
    if (sent < 0) {
        return sent; // this process ends, and so does its child, whose pid namespace is below
    }
    guard(state, control, pidfd);
}
