// What is found out or left behind by the executor itself. A program would have to be executed for it, and what is executed in a
// user namespace is for whoever is root there to say: see the kernel's documentation of binfmt_misc.
#include "iso_executor.h"

#include <linux/sched.h>
#include <linux/utsname.h>
#include <signal.h>
#include <string.h>

#include "iso_file.h"
#include "iso_process.h"
#include "iso_socket.h"

// /proc/sys/kernel/hostname tells the name of whoever reads it, so that somebody must be there to ask. See uname(2).
int iso_do_read_hostname(struct iso_state *state, const struct iso_read_hostname_operands *operands) {
    (void)operands;
    struct new_utsname names;
    struct iso_report report = iso_report_now(state, ISO_SAID);
    _Static_assert(sizeof names.nodename < sizeof report.detail, "a name fits into a report");
    long result = ISO_CALL(SYS_uname, &names);
    if (result < 0) {
        return (int)result;
    }
    memcpy(report.detail, names.nodename, sizeof names.nodename);
    result = iso_send(state->socket, &report, sizeof report, -1);
    return result < 0 ? (int)result : 0;
}

_Noreturn static void be_orphan(int parent) {
    char nothing;
    iso_set_name("podlab-orphan");
    iso_close_others(&parent, 1);
    while (ISO_CALL(SYS_read, parent, &nothing, 1) == -EINTR) { // until its parent has ended, which is about to
    }
    for (;;) {
        ISO_CALL(SYS_exit_group, 0);
    }
}

int iso_do_leave_orphans(struct iso_state *state, const struct iso_leave_orphans_operands *operands) {
    struct iso_report report = iso_report_now(state, ISO_LEFT);
    int ends[2];
    int result = iso_pipe(ends);
    for (uint32_t made = 0; result == 0 && made < operands->count; made++) {
        int pidfd = -1;
        struct clone_args arguments = {
            .flags = CLONE_PIDFD, .pidfd = (uint64_t)(uintptr_t)&pidfd, .exit_signal = SIGCHLD};
        long child = ISO_CALL(SYS_clone3, &arguments, sizeof arguments);
        if (child == 0) {
            ISO_CALL(SYS_close, ends[1]);
            be_orphan(ends[0]);
        }
        if (child < 0) {
            result = (int)child;
            break;
        }
        int sent = iso_send(state->socket, &report, sizeof report, pidfd);
        result = sent < 0 ? sent : 0;
        ISO_CALL(SYS_close, pidfd);
    }
    return result; // the writing end goes with this process
}
