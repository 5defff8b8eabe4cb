// The end of a plan: descriptors, signals, and the program.
#include "iso_executor.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>

#include "iso_file.h"
#include "iso_process.h"
#include "iso_socket.h"

enum { KERNEL_SIGNALS = 64 };

// Moves a descriptor to a number from `base` on; what is none stays as it is.
static int move_above(int *fd, int base) {
    if (*fd < 0) {
        return 0;
    }
    int moved = iso_duplicate_above(*fd, base);
    if (moved < 0) {
        return moved;
    }
    ISO_CALL(SYS_close, *fd);
    *fd = moved;
    return 0;
}

// What is open while the program is executed: not even a descriptor that exec would close, because exec first changes the
// memory, and with it who may look at the process, and closes afterwards.
static int close_all_but_needed(struct iso_state *state, uint32_t moved) {
    int32_t kept[ISO_KEPT_MAX];
    uint32_t count = iso_insert(kept, 0, state->socket);
    for (uint32_t i = 0; i < moved; i++) {
        count = iso_insert(kept, count, state->moved[i]);
    }
    for (int i = 0; i < ISO_NETWORK_MAX && count + 3 < ISO_KEPT_MAX; i++) {
        // For the undoing of what was made, should the program not be found.
        const struct iso_network *network = &state->networks[i];
        count = iso_insert(kept, count, network->route);
        count = iso_insert(kept, count, network->descriptor);
        count = iso_insert(kept, count, network->names);
    }
    return iso_close_others(kept, count);
}

int iso_do_move_descriptors(struct iso_state *state, const struct iso_move_descriptors_operands *operands) {
    int base = (int)operands->first;
    // Everything that is still needed moves above the numbers that are about to be taken.
    int result = move_above(&state->socket, base); // no copy stays: end of file at exec must not depend on one
    for (int i = 0; result == 0 && i < ISO_REGISTER_COUNT; i++) {
        result = move_above(&state->registers[i], base);
    }
    for (int i = 0; result == 0 && i < ISO_NETWORK_MAX; i++) {
        struct iso_network *network = &state->networks[i];
        result = move_above(&network->route, base);
        result = result < 0 ? result : move_above(&network->descriptor, base);
        result = result < 0 ? result : move_above(&network->names, base);
    }
    if (result < 0) {
        return result;
    }
    uint32_t count = 0;
    for (uint32_t i = state->index + 1; i < state->count; i++) {
        const struct iso_op *next = &state->ops[i];
        int fd = next->code == ISO_DUPLICATE ? next->duplicate.source
            : next->code == ISO_EXECUTE      ? next->execute.program
                                             : ISO_NONE;
        if (fd == ISO_NONE) {
            continue;
        }
        if (count == ISO_DUPLICATE_MAX) {
            return -E2BIG;
        }
        int moved = iso_duplicate_above(iso_register(state, fd), base);
        if (moved < 0) {
            state->blame = next;
            return moved;
        }
        state->moved[count++] = moved;
    }
    return close_all_but_needed(state, count);
}

int iso_do_duplicate(struct iso_state *state, const struct iso_duplicate_operands *operands) {
    long result = ISO_CALL(SYS_dup3, state->moved[state->duplicated++], operands->target, 0);
    return result < 0 ? (int)result : 0;
}

int iso_do_reset_signals(struct iso_state *state, const struct iso_reset_signals_operands *operands) {
    (void)state, (void)operands;
    // The kernel's struct sigaction, all zero: SIG_DFL. exec would reset handlers, but not what is ignored.
    unsigned char by_default[64] __attribute__((aligned(8))) = {0};
    for (int signal = 1; signal <= KERNEL_SIGNALS; signal++) {
        if (signal != SIGKILL && signal != SIGSTOP) {
            ISO_CALL(SYS_rt_sigaction, signal, by_default, NULL, 8);
        }
    }
    uint64_t none = 0;
    return (int)ISO_CALL(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none);
}

int iso_do_death_signal(struct iso_state *state, const struct iso_death_signal_operands *operands) {
    // As late as this because every change of credentials clears it.
    int result = iso_set_parent_death_signal((int)operands->signal);
    if (result < 0) {
        return result;
    }
    // The parent may have ended before that. getppid cannot tell across a pid namespace; the socket can.
    int events = iso_poll(state->socket, 0, 0);
    return events > 0 && (events & POLLHUP) ? -ECANCELED : 0;
}

// That a plan has come to its end is said, and not taken from silence: whoever is killed on the way is silent too.
static int say_executing(struct iso_state *state) {
    struct iso_report report = iso_report_now(state, ISO_EXECUTING);
    int result = iso_send(state->socket, &report, sizeof report, -1);
    return result == -EPIPE || result == -ECONNRESET || result > 0 ? 0 : result; // nobody asks any more
}

// Whether a path leads to the program that this process runs, podlab-init: what a container calls /proc/self/exe is not yet its own.
static int is_executor(const char *path) {
    struct iso_identity own = {0}, other = {0};
    return iso_statx(AT_FDCWD, "/proc/self/exe", 0, &own) == 0 && iso_statx(AT_FDCWD, path, 0, &other) == 0
        && own.inode == other.inode && own.device_major == other.device_major
        && own.device_minor == other.device_minor;
}

int iso_do_execute(struct iso_state *state, const struct iso_execute_operands *operands) {
    int said = say_executing(state);
    if (said < 0) {
        return said;
    }
    if (operands->program != ISO_NONE) {
        return iso_execveat(state->moved[state->duplicated], "", operands->arguments, operands->environment, AT_EMPTY_PATH);
    }
    int result = -ENOENT;
    for (const char *const *path = operands->paths; path != NULL && *path != NULL; path++) {
        int failed = is_executor(*path) ? -EACCES
                                        : (int)ISO_CALL(SYS_execve, *path, operands->arguments, operands->environment);
        // As execvp(3): go on searching, but remember that something was there that may not be executed.
        if (failed != -ENOENT && failed != -ENOTDIR && failed != -EACCES) {
            return failed;
        }
        if (failed == -EACCES || result == -ENOENT) {
            result = failed;
        }
    }
    return result;
}

int iso_do_finish(struct iso_state *state, const struct iso_finish_operands *operands) {
    (void)operands;
    say_executing(state);
    for (;;) {
        ISO_CALL(SYS_exit_group, 0);
    }
}
