// Processes by descriptor, prctl, capabilities of the calling thread.
#include "iso_call.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "iso_process.h"

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

int iso_pidfd_open(int pid) { return (int)ISO_CALL(SYS_pidfd_open, pid, 0); }

int iso_pidfd_send_signal(int pidfd, int signal) {
    return (int)ISO_CALL(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int iso_pidfd_getfd(int pidfd, int target) { return (int)ISO_CALL(SYS_pidfd_getfd, pidfd, target, 0); }

int iso_setns(int fd, int flags) { return (int)ISO_CALL(SYS_setns, fd, flags); }

int iso_unshare(uint64_t flags) { return (int)ISO_CALL(SYS_unshare, flags); }

int iso_execveat(int directory, const char *path, const char *const *arguments, const char *const *environment,
                 int flags) {
    return (int)ISO_CALL(SYS_execveat, directory, path, arguments, environment, flags);
}

int iso_wait_pidfd(int pidfd, int no_hang, struct iso_exit *how) {
    siginfo_t info;
    long result;
    do {
        info.si_pid = 0;
        result = ISO_CALL(SYS_waitid, (long)P_PIDFD, pidfd, &info, WEXITED | __WALL | (no_hang ? WNOHANG : 0), NULL);
    } while (result == -EINTR);
    if (result < 0) {
        return (int)result;
    }
    if (info.si_pid == 0) {
        return 0;
    }
    *how = (struct iso_exit){
        .signaled = info.si_code != CLD_EXITED, .status = info.si_status, .core = info.si_code == CLD_DUMPED};
    return 1;
}

// struct pidfd_info of <linux/pidfd.h> in its first version, which headers of today's distributions do not have.
struct pidfd_information {
    uint64_t mask;
    uint64_t cgroup;
    uint32_t numbers[3];
    uint32_t ids[8];
    int32_t exit_code;
};
_Static_assert(sizeof(struct pidfd_information) == 64, "PIDFD_INFO_SIZE_VER0");
#define PIDFD_INFORMATION _IOWR(0xFF, 11, struct pidfd_information)
#define PIDFD_INFORMATION_EXIT (1ULL << 3)

int iso_pidfd_exit(int pidfd, struct iso_exit *how) {
    struct pidfd_information information = {.mask = PIDFD_INFORMATION_EXIT};
    long result = ISO_CALL(SYS_ioctl, pidfd, PIDFD_INFORMATION, &information);
    if (result < 0) {
        // An older kernel knows a pidfd only while its process is there: ask by signal 0 whether it is.
        return iso_pidfd_send_signal(pidfd, 0) == -ESRCH ? -ESRCH : 0;
    }
    if ((information.mask & PIDFD_INFORMATION_EXIT) == 0) {
        return 0;
    }
    int code = information.exit_code;
    *how = (struct iso_exit){
        .signaled = WIFSIGNALED(code),
        .status = WIFSIGNALED(code) ? WTERMSIG(code) : WEXITSTATUS(code),
        .core = WIFSIGNALED(code) && WCOREDUMP(code),
    };
    return 1;
}

int iso_prctl(int option, uint64_t a, uint64_t b, uint64_t c, uint64_t d) {
    return (int)ISO_CALL(SYS_prctl, (long)option, a, b, c, d);
}

int iso_set_parent_death_signal(int signal) { return iso_prctl(PR_SET_PDEATHSIG, (uint64_t)signal, 0, 0, 0); }

int iso_set_no_new_privileges(void) { return iso_prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

int iso_set_name(const char *name) { return iso_prctl(PR_SET_NAME, (uint64_t)(uintptr_t)name, 0, 0, 0); }

int iso_set_child_subreaper(int on) { return iso_prctl(PR_SET_CHILD_SUBREAPER, on != 0, 0, 0, 0); }

int iso_capget(struct iso_capabilities *capabilities) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};
    long result = ISO_CALL(SYS_capget, &header, data);
    if (result < 0) {
        return (int)result;
    }
    *capabilities = (struct iso_capabilities){
        .effective = data[0].effective | (uint64_t)data[1].effective << 32,
        .permitted = data[0].permitted | (uint64_t)data[1].permitted << 32,
        .inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32,
    };
    return 0;
}

const char *const *iso_environment(void) { return (const char *const *)environ; }

uint64_t iso_blocked_signals(void) {
    uint64_t mask = 0;
    ISO_CALL(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, sizeof mask);
    return mask;
}

static int is_ignored_on_purpose(int number) {
    switch (number) {
    case SIGHUP:
    case SIGINT:
    case SIGQUIT:
    case SIGTERM:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU: return 1;
    default: return 0;
    }
}

int iso_begin_program(void) {
    struct sigaction action = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) {
        if (!is_ignored_on_purpose(number)) {
            sigaction(number, &action, NULL); // SIGKILL, SIGSTOP and libc's own are refused
        }
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int fd = 0; fd < 3; fd++) {
        // The lowest number that is free is the one that is given.
        if (ISO_CALL(SYS_fcntl, fd, F_GETFD) == -EBADF) {
            long opened = ISO_CALL(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR, 0);
            if (opened < 0) {
                return (int)opened;
            }
        }
    }
    return 0;
}

int iso_flush_output(void) {
    if (fflush(stdout) != 0) {
        return -errno;
    }
    return ferror(stdout) ? -EIO : 0;
}
