// Who the child is: namespaces, id maps, credentials, capabilities, and the fork into a new pid namespace.
#include "iso_executor.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "iso_file.h"
#include "iso_process.h"
#include "iso_socket.h"

// From its first join on this process may be seen by somebody who is root there, and is about to have the rights of one
// of theirs. What the kernel asks before it shows memory, descriptors or environment, or lets somebody trace or enter, is
// whether the process is dumpable, or else whether the asker has CAP_SYS_PTRACE in the user namespace in which the
// process last executed a program. That was podlab-init, outside. See ptrace(2), "Ptrace access mode checking".
static int hide(struct iso_state *state) {
    state->joined = 1;
    return iso_prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

int iso_do_join(struct iso_state *state, const struct iso_join_operands *operands) {
    int own;
    int fd = iso_open_place(state, &operands->source, O_RDONLY, &own);
    if (fd < 0) {
        return fd;
    }
    int result = hide(state);
    if (result == 0 && operands->namespaces & CLONE_NEWUSER) {
        // Those who are there are in no session and no process group of outside: a controlling terminal is not only a descriptor
        // (/dev/tty), and a group can be signalled whole, by kill(0, …), from one of its members. EPERM: it leads its own.
        ISO_CALL(SYS_setsid);
        result = iso_new_keyring();
        state->stranger = 1;
    }
    if (result == 0) {
        result = iso_setns(fd, (int)operands->namespaces);
    }
    if (result == 0) {
        result = hide(state); // a change of credentials makes it what fs.suid_dumpable says
    }
    iso_drop(fd, own);
    if (result == 0 && operands->namespaces & CLONE_NEWNET) {
        state->own_network = ISO_NONE;
    }
    return result;
}

int iso_do_unshare(struct iso_state *state, const struct iso_unshare_operands *operands) {
    if (operands->namespaces & CLONE_NEWUSER) {
        state->outer_uid = (uint32_t)ISO_CALL(SYS_geteuid);
        state->outer_gid = (uint32_t)ISO_CALL(SYS_getegid);
        int result = iso_new_keyring();
        if (result < 0) {
            return result;
        }
    }
    if (operands->namespaces & CLONE_NEWNET) {
        state->own_network = ISO_NONE;
    }
    return iso_unshare(operands->namespaces);
}

// A cgroup namespace has the cgroup of whoever makes it as its root. Whoever moves into a cgroup v2 waits until all processors have seen
// it, which takes 10 ms and more; whoever is born there does not. So somebody is born there, makes the namespace, and ends.
int iso_do_unshare_cgroup(struct iso_state *state, const struct iso_unshare_cgroup_operands *operands) {
    // The table of descriptors is shared: the number is agreed on before.
    int fd = iso_openat(AT_FDCWD, "/", O_PATH, 0);
    if (fd < 0) {
        return fd;
    }
    struct clone_args arguments = {.flags = CLONE_FILES | CLONE_VFORK | CLONE_INTO_CGROUP,
                                   .cgroup = (uint64_t)iso_register(state, operands->root)};
    long pid = ISO_CALL(SYS_clone3, &arguments, sizeof arguments);
    if (pid == 0) {
        long result = iso_unshare(CLONE_NEWCGROUP);
        if (result == 0) {
            result = iso_openat(AT_FDCWD, "/proc/self/ns/cgroup", O_RDONLY, 0);
        }
        if (result >= 0) {
            int made = (int)result;
            result = ISO_CALL(SYS_dup3, made, fd, O_CLOEXEC);
            ISO_CALL(SYS_close, made);
        }
        for (;;) {
            ISO_CALL(SYS_exit_group, result < 0 ? -result : 0);
        }
    }
    long result = pid;
    if (pid > 0) {
        int status = 0;
        result = ISO_CALL(SYS_wait4, pid, &status, __WALL, NULL);
        if (result > 0) {
            // How it ended: by its errno, or by a signal.
            result = status & 0x7f ? -EINTR : -(status >> 8 & 0xff);
        }
    }
    if (result == 0) {
        result = iso_setns(fd, CLONE_NEWCGROUP);
    }
    ISO_CALL(SYS_close, fd);
    return (int)result;
}

static int write_whole(const char *path, const char *text) {
    int fd = iso_openat(AT_FDCWD, path, O_WRONLY, 0);
    if (fd < 0) {
        return fd;
    }
    size_t length = strlen(text);
    long written = ISO_CALL(SYS_write, fd, text, length);
    ISO_CALL(SYS_close, fd);
    return written < 0 ? (int)written : (size_t)written == length ? 0 : -EIO;
}

static char *append_number(char *end, uint64_t number) {
    char digits[20];
    int count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    while (count > 0) {
        *end++ = digits[--count];
    }
    *end = '\0';
    return end;
}

static int write_single_map(const char *path, uint64_t inside, uint32_t outside) {
    char line[64];
    char *end = append_number(line, inside);
    *end++ = ' ';
    end = append_number(end, outside);
    memcpy(end, " 1\n", 4);
    return write_whole(path, line);
}

static int map_self(struct iso_state *state, const void *of) {
    const struct iso_map_self_operands *operands = of;
    // Without CAP_SETGID outside, the kernel takes a gid map only after setgroups has been given up for good: otherwise
    // a process could leave a group that a file's mode denies something to. See user_namespaces(7).
    int result = write_whole("/proc/self/setgroups", "deny");
    if (result < 0 && result != -ENOENT) {
        return result;
    }
    result = write_single_map("/proc/self/uid_map", operands->uid, state->outer_uid);
    return result < 0 ? result : write_single_map("/proc/self/gid_map", operands->gid, state->outer_gid);
}

int iso_with_own_files(struct iso_state *state, const void *operands, int (*act)(struct iso_state *, const void *)) {
    if (state->joined) {
        return -EPERM; // others may look on
    }
    int before = iso_prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
    iso_prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    int result = act(state, operands);
    if (before != 1) {
        iso_prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    }
    return result;
}

int iso_do_map_self(struct iso_state *state, const struct iso_map_self_operands *operands) {
    return iso_with_own_files(state, operands, map_self);
}

// Waits for one byte from the parent; the parent's end being closed means that it has given up.
int iso_wait_for_answer(struct iso_state *state) {
    char answer;
    int fd;
    int received = iso_receive(state->socket, &answer, 1, &fd);
    return received < 0 ? received : received == 0 ? -ECANCELED : 0;
}

int iso_do_map_by_parent(struct iso_state *state, const struct iso_map_by_parent_operands *operands) {
    (void)operands;
    struct iso_report report = iso_report_now(state, ISO_WANTS_MAP);
    int result = iso_send(state->socket, &report, sizeof report, -1);
    return result < 0 ? result : iso_wait_for_answer(state);
}

int iso_do_credentials(struct iso_state *state, const struct iso_credentials_operands *operands) {
    // Raw calls: glibc's setuid asks all threads to follow, and takes locks that died with them.
    // Groups and gid first, while the old uid still may.
    if (operands->rule != ISO_GROUPS_KEEP) {
        long result = ISO_CALL(SYS_setgroups, operands->groups.count, operands->groups.first);
        int denied_by_map = result == -EPERM && operands->rule == ISO_GROUPS_DROP_IF_ALLOWED;
        if (result < 0 && !denied_by_map) {
            return (int)result;
        }
    }
    uint32_t uid = operands->uid, gid = operands->gid;
    long result = ISO_CALL(SYS_setresgid, gid, gid, gid);
    if (result == 0) {
        result = ISO_CALL(SYS_setresuid, uid, uid, uid);
    }
    if (result == 0) {
        state->stranger = 0;
        result = state->joined ? hide(state) : 0;
    }
    return (int)result;
}

int iso_do_fork(struct iso_state *state, const struct iso_fork_operands *operands) {
    // The new process is seen in the pid namespace at once, and must by then be one of those who are there.
    if (state->stranger) {
        return -EPERM;
    }
    // setns and unshare of a pid namespace only change where children are born. CLONE_PARENT makes that child a child
    // of podlab, which can then wait for it; this process has nothing left to do.
    int pidfd = -1;
    struct clone_args arguments = {.flags = CLONE_PARENT | CLONE_PIDFD, .pidfd = (uint64_t)(uintptr_t)&pidfd};
    if (operands->cgroup != ISO_NONE) {
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = (uint64_t)operands->cgroup;
    }
    long pid = ISO_CALL(SYS_clone3, &arguments, sizeof arguments);
    if (pid < 0) {
        return (int)pid;
    }
    if (pid == 0) {
        // Not before the parent knows of this process: its reports must not overtake the other's.
        return iso_wait_for_answer(state);
    }
    struct iso_report report = iso_report_now(state, ISO_FORKED);
    int result = iso_send(state->socket, &report, sizeof report, pidfd);
    if (result < 0) {
        // Nobody else would ever end it. The parent is gone, or too many descriptors are on their way (ETOOMANYREFS).
        iso_pidfd_send_signal(pidfd, SIGKILL);
        return result;
    }
    for (;;) {
        ISO_CALL(SYS_exit_group, 0);
    }
}

static int limit_bounding_set(uint64_t kept) {
    for (uint64_t capability = 0; capability < 64; capability++) {
        int held = iso_prctl(PR_CAPBSET_READ, capability, 0, 0, 0);
        if (held < 0) {
            break; // beyond the last one that this kernel knows
        }
        // What is gone already needs no CAP_SETPCAP.
        if (held == 1 && !(kept >> capability & 1)) {
            int result = iso_prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
            if (result < 0) {
                return result;
            }
        }
    }
    return 0;
}

int iso_do_bounding_set(struct iso_state *state, const struct iso_bounding_set_operands *operands) {
    (void)state;
    return limit_bounding_set(operands->kept);
}

int iso_do_capabilities(struct iso_state *state, const struct iso_capabilities_operands *operands) {
    (void)state;
    uint64_t keep = operands->kept;
    // The bounding set first: dropping from it needs CAP_SETPCAP, which may be about to go.
    int result = limit_bounding_set(keep);
    if (result < 0) {
        return result;
    }
    result = iso_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (result < 0 && result != -EINVAL) {
        return result;
    }
    struct iso_capabilities have;
    result = iso_capget(&have);
    if (result < 0) {
        return result;
    }
    uint64_t permitted = have.permitted & keep;
    // An ambient capability must be inheritable too.
    uint64_t inheritable = operands->ambient == 1 ? permitted : have.inheritable & keep;
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    for (int half = 0; half < _LINUX_CAPABILITY_U32S_3; half++) {
        data[half].effective = data[half].permitted = (uint32_t)(permitted >> (32 * half));
        data[half].inheritable = (uint32_t)(inheritable >> (32 * half));
    }
    result = (int)ISO_CALL(SYS_capset, &header, data);
    for (uint64_t capability = 0; operands->ambient == 1 && result == 0 && capability < 64; capability++) {
        if (permitted >> capability & 1) {
            result = iso_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
        }
    }
    return result;
}
