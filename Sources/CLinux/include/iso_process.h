// Processes by descriptor. A pid can be reused between looking and signalling; a pidfd cannot. See pidfd_open(2).
//
// clone3 itself is not offered: a call that returns twice must not be made from Swift. See iso_start.
#ifndef ISO_PROCESS_H
#define ISO_PROCESS_H

#include <stdint.h>

int iso_pidfd_open(int pid);
// pidfd_send_signal(2). signal 0 asks whether the process still exists.
int iso_pidfd_send_signal(int pidfd, int signal);
// pidfd_getfd(2): a copy of another process's descriptor; needs ptrace access.
int iso_pidfd_getfd(int pidfd, int target);
// setns(2) with a namespace descriptor or (Linux 5.8) a pidfd; flags are CLONE_NEW*.
int iso_setns(int fd, int flags);
int iso_unshare(uint64_t flags);
int iso_execveat(int directory, const char *path, const char *const *arguments, const char *const *environment,
                 int flags);

// How a child ended.
struct iso_exit {
    int32_t signaled;  // 1: `status` is the signal's number; 0: it is the exit code
    int32_t status;
    int32_t core;      // 1: a core was dumped
};
// waitid(P_PIDFD, __WALL | WEXITED). Returns 1 and fills `how` when the child has ended and is reaped; 0 when
// `no_hang` is set and it still runs. EINTR is retried.
int iso_wait_pidfd(int pidfd, int no_hang, struct iso_exit *how);

// How a process ended that need not be a child: PIDFD_GET_INFO with PIDFD_INFO_EXIT (Linux 6.15). The pidfd must have been
// opened while it lived. Returns 1 and fills `how` when it has ended and is reaped; 0 when it is not reaped yet; -ESRCH when
// it has ended and this kernel does not keep how.
int iso_pidfd_exit(int pidfd, struct iso_exit *how);

// prctl(2) is variadic. Unused arguments are zero, as newer options demand.
int iso_prctl(int option, uint64_t a, uint64_t b, uint64_t c, uint64_t d);
int iso_set_parent_death_signal(int signal);
int iso_set_no_new_privileges(void);
int iso_set_name(const char *name);
int iso_set_child_subreaper(int on);

// The calling thread's 64-bit sets: capget(2), version 3.
struct iso_capabilities {
    uint64_t effective;
    uint64_t permitted;
    uint64_t inheritable;
};
int iso_capget(struct iso_capabilities *capabilities);

// What a program takes over from whoever started it, and what would surprise it: signals that are ignored or blocked (a parent that
// ignores SIGCHLD leaves nobody to be waited for), and standard streams that are closed (the next file that is opened would become
// standard input). Called before anything else is done. What nohup(1) and shells ignore on purpose, for background jobs and where there
// is no job control, stays ignored. Returns 0 or -errno of opening /dev/null.
int iso_begin_program(void);

// Writes out what stdio holds back of standard output. Returns 0, or -errno when that or something before it could not be written.
int iso_flush_output(void);

// environ(7), which Swift sees as a global variable that anything may change.
const char *const *iso_environment(void);

// One mask of blocked signals per thread, bit n-1 for signal n: what SigBlk in /proc/PID/status shows.
uint64_t iso_blocked_signals(void);

#endif
