// The child that joins namespaces, makes one descriptor or takes one look there and ends.
//
// It shares memory and descriptors with the process (CLONE_VM, CLONE_FILES), which stands still meanwhile (CLONE_VFORK):
// so the descriptor is the caller's at once, and nothing is copied, however large the process. It runs on a stack of its
// own and makes raw system calls only, because the locks of libc may be held by the caller's other threads.
#define _GNU_SOURCE
#include "CNetlink.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct errand {
    int user;
    int place; // the namespace to join, or -1
    int kind;  // CLONE_NEWNET or CLONE_NEWIPC
    const char *path; // NULL: a socket
    int flags;
    int domain;
    int type;
    int protocol;
    int directory;   // with buffer or facts: path is below it
    int64_t offset;
    void *buffer;    // not NULL: read size bytes of the file into it
    size_t size;
    struct statx *facts; // not NULL: look at the file
    enum cnl_stage stage;
    int result;
};

static int call_result(long value) { return value < 0 ? -errno : (int)value; }

// What is read is read here, because a file of another process below /proc asks for the rights of whoever reads it.
static int read_file(const struct errand *errand) {
    int file = call_result(syscall(SYS_openat, errand->directory, errand->path, errand->flags | O_CLOEXEC, 0));
    if (file < 0) return file;
    int count = call_result(syscall(SYS_pread64, file, errand->buffer, errand->size, errand->offset));
    syscall(SYS_close, file);
    return count;
}

static int create_or_look(const struct errand *errand) {
    if (errand->facts != NULL) {
        return call_result(syscall(SYS_statx, errand->directory, errand->path, AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC,
                                   STATX_TYPE | STATX_INO, errand->facts));
    }
    if (errand->buffer != NULL) return read_file(errand);
    if (errand->path != NULL) {
        return call_result(syscall(SYS_openat, AT_FDCWD, errand->path, errand->flags | O_CLOEXEC, 0));
    }
    return call_result(syscall(SYS_socket, errand->domain, errand->type | SOCK_CLOEXEC, errand->protocol));
}

static int run_errand(void *argument) {
    struct errand *errand = argument;
    errand->stage = CNL_JOIN_USER;
    errand->result = errand->user < 0 ? 0 : call_result(syscall(SYS_setns, errand->user, CLONE_NEWUSER));
    if (errand->result == 0) {
        errand->stage = CNL_JOIN;
        errand->result = errand->place < 0 ? 0 : call_result(syscall(SYS_setns, errand->place, errand->kind));
    }
    if (errand->result == 0) {
        errand->stage = CNL_CREATE;
        errand->result = create_or_look(errand);
    }
    syscall(SYS_exit, 0);
    return 0; // never reached
}

// Whether this process was dumpable at some errand, as it is from its beginning. What it is now may be the work of another thread's child.
static _Atomic int has_been_dumpable;

static int send_child(struct errand *errand) {
    _Alignas(16) char stack[16384];
    int saved_errno = errno, status = 0;
    // Changing credentials in the child may take "dumpable" away from the memory that it shares with the caller, whose
    // /proc/self would then belong to root. See PR_SET_DUMPABLE(2const).
    if (syscall(SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0) == 1) has_been_dumpable = 1;
    // No handler of the program may run in the child. Each path from here on passes the line that restores the mask.
    uint64_t all = ~0ULL, before;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all);
    errand->stage = CNL_KILLED;
    errand->result = -EINTR;
    // No exit signal: a wait for "any child" elsewhere in the program neither sees nor steals this one.
    int child = clone(run_errand, stack + sizeof stack, CLONE_VM | CLONE_VFORK | CLONE_FILES, errand);
    if (child < 0) {
        errand->stage = CNL_CLONE;
        errand->result = -errno;
    } else {
        while (syscall(SYS_wait4, child, &status, __WALL, NULL) < 0 && errno == EINTR) {
        }
    }
    if (has_been_dumpable && syscall(SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0) != 1) {
        syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
    }
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof before);
    errno = saved_errno;
    return errand->result;
}

static int run(struct errand *errand, enum cnl_stage *failed) {
    int result = send_child(errand);
    *failed = errand->stage;
    return result;
}

int cnl_socket_in(int user, int network, int domain, int type, int protocol, enum cnl_stage *failed) {
    struct errand errand = {
        .user = user, .place = network, .kind = CLONE_NEWNET, .domain = domain, .type = type, .protocol = protocol};
    return run(&errand, failed);
}

int cnl_open_in(int user, int network, const char *path, int flags, enum cnl_stage *failed) {
    struct errand errand = {.user = user, .place = network, .kind = CLONE_NEWNET, .path = path, .flags = flags};
    return run(&errand, failed);
}

int cnl_open_in_ipc(int user, int ipc, const char *path, int flags, enum cnl_stage *failed) {
    struct errand errand = {.user = user, .place = ipc, .kind = CLONE_NEWIPC, .path = path, .flags = flags};
    return run(&errand, failed);
}

int cnl_read_in(int user, int directory, const char *path, int64_t offset, void *buffer, size_t size) {
    enum cnl_stage failed;
    struct errand errand = {
        .user = user, .place = -1, .path = path, .flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
        .directory = directory, .offset = offset, .buffer = buffer, .size = size > INT32_MAX ? INT32_MAX : size};
    return run(&errand, &failed);
}

int cnl_look_in(int user, int directory, const char *path, struct cnl_file *file) {
    enum cnl_stage failed;
    struct statx facts = {0};
    struct errand errand = {.user = user, .place = -1, .path = path, .directory = directory, .facts = &facts};
    int result = run(&errand, &failed);
    if (result < 0) return result;
    *file = (struct cnl_file){
        .mode = facts.stx_mode, .inode = facts.stx_ino, .device = {facts.stx_dev_major, facts.stx_dev_minor},
        .special = {facts.stx_rdev_major, facts.stx_rdev_minor}};
    return 0;
}
