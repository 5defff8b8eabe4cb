// Attributes of the child that are neither identity nor mounts: limits, session, terminal, cgroup, host name.
#include "iso_executor.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>

#include "iso_file.h"
#include "iso_network.h"
#include "iso_process.h"
#include "iso_socket.h"
#include "iso_terminal.h"
#include "iso_witness.h"

int iso_do_no_new_privileges(struct iso_state *state, const struct iso_no_new_privileges_operands *operands) {
    (void)state, (void)operands;
    return iso_set_no_new_privileges();
}

int iso_do_resource_limit(struct iso_state *state, const struct iso_resource_limit_operands *operands) {
    (void)state;
    struct {
        uint64_t soft, hard;
    } limit = {operands->soft, operands->hard};
    return (int)ISO_CALL(SYS_prlimit64, 0, operands->resource, &limit, NULL);
}

int iso_do_file_mode_mask(struct iso_state *state, const struct iso_file_mode_mask_operands *operands) {
    (void)state;
    ISO_CALL(SYS_umask, operands->mask);
    return 0;
}

static int write_text(int directory, const char *path, const char *text) {
    int fd = iso_openat(directory, path, O_WRONLY, 0);
    if (fd < 0) {
        return fd;
    }
    long written = ISO_CALL(SYS_write, fd, text, strlen(text));
    ISO_CALL(SYS_close, fd);
    return written < 0 ? (int)written : 0;
}

static int write_oom_score(struct iso_state *state, const void *adjustment) {
    (void)state;
    return write_text(AT_FDCWD, "/proc/self/oom_score_adj", adjustment);
}

int iso_do_oom_score(struct iso_state *state, const struct iso_oom_score_operands *operands) {
    return iso_with_own_files(state, operands->adjustment, write_oom_score);
}

int iso_do_join_cgroup(struct iso_state *state, const struct iso_join_cgroup_operands *operands) {
    int own;
    int directory = iso_open_place(state, &operands->directory, O_PATH | O_DIRECTORY, &own);
    if (directory < 0) {
        return directory;
    }
    // "0" is the writer itself, in v1 and v2: no pid to translate between namespaces. The child has one thread, so v1's `tasks`
    // does the same, and for a thread that moves itself the kernel does not wait until all processors have seen the change.
    int result = write_text(directory, "tasks", "0");
    if (result == -ENOENT) {
        result = write_text(directory, "cgroup.procs", "0");
    }
    iso_drop(directory, own);
    return result;
}

int iso_do_new_session(struct iso_state *state, const struct iso_new_session_operands *operands) {
    (void)state, (void)operands;
    long result = ISO_CALL(SYS_setsid);
    if (result == -EPERM && ISO_CALL(SYS_getsid, 0) == ISO_CALL(SYS_getpid)) {
        return 0; // it has begun one when it joined
    }
    return result < 0 ? (int)result : 0;
}

int iso_do_controlling_terminal(struct iso_state *state, const struct iso_controlling_terminal_operands *operands) {
    int fd = iso_register(state, operands->terminal);
    // A session leader has no use for a second setsid (EPERM); whether it may take the terminal, TIOCSCTTY says.
    long session = ISO_CALL(SYS_setsid);
    if (session < 0 && session != -EPERM) {
        return (int)session;
    }
    return iso_set_controlling_terminal(fd);
}

int iso_do_name(struct iso_state *state, const struct iso_name_operands *operands) {
    (void)state;
    return iso_set_name(operands->name);
}

int iso_do_hostname(struct iso_state *state, const struct iso_hostname_operands *operands) {
    (void)state;
    return (int)ISO_CALL(SYS_sethostname, operands->name, strlen(operands->name));
}

int iso_do_loopback_up(struct iso_state *state, const struct iso_loopback_up_operands *operands) {
    (void)state, (void)operands;
    return iso_loopback_up();
}

int iso_do_witness_signals(struct iso_state *state, const struct iso_witness_signals_operands *operands) {
    (void)operands;
    int listener = iso_witness_install();
    if (listener < 0) {
        return listener;
    }
    struct iso_report report = iso_report_now(state, ISO_LISTENER);
    int result = iso_send(state->socket, &report, sizeof report, listener);
    ISO_CALL(SYS_close, listener);
    return result < 0 ? result : 0;
}
