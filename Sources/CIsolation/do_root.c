// Roots, the working directory, and programs that nobody inside can write.
#include "iso_executor.h"

#include <fcntl.h>

#include "iso_file.h"
#include "iso_mount.h"

#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif

int iso_do_change_directory(struct iso_state *state, const struct iso_op *op) {
    int own;
    int fd = iso_place(state, op, O_PATH | O_DIRECTORY, &own);
    if (fd < 0) {
        return fd;
    }
    long result = ISO_CALL(SYS_fchdir, fd);
    iso_drop(fd, own);
    return (int)result;
}

int iso_do_change_root(struct iso_state *state, const struct iso_op *op) {
    // chroot(2) leaves the working directory outside, which is the way out of a chroot; so in we go first.
    int result = iso_do_change_directory(state, op);
    return result < 0 ? result : (int)ISO_CALL(SYS_chroot, ".");
}

int iso_do_pivot_root(struct iso_state *state, const struct iso_op *op) {
    // The old root lands on top of the new one, at ".", and is detached from there: no directory for it is needed.
    // See pivot_root(2), "pivot_root(".", ".")".
    int result = iso_do_change_directory(state, op);
    if (result == 0) {
        result = iso_pivot_root(".", ".");
    }
    if (result == 0) {
        result = iso_umount(".", ISO_UMOUNT_DETACH);
    }
    return result < 0 ? result : (int)ISO_CALL(SYS_chdir, "/");
}

// This program's own file, by the name under which it is found in this mount namespace. The magic link itself leads to
// a mount of the namespace that it was started in, and such a mount cannot be copied here.
static int open_own_file(void) {
    char name[ISO_PATH_MAX];
    long length = ISO_CALL(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", name, sizeof name - 1);
    if (length < 0) {
        return (int)length;
    }
    name[length] = '\0';
    int fd = iso_openat(AT_FDCWD, name, O_PATH, 0);
    struct iso_identity found, running;
    if (fd >= 0 && iso_statx(fd, "", AT_EMPTY_PATH, &found) == 0
        && iso_statx(AT_FDCWD, "/proc/self/exe", 0, &running) == 0
        && found.inode == running.inode && found.device_major == running.device_major
        && found.device_minor == running.device_minor) {
        return fd;
    }
    iso_drop(fd, 1);
    return -ESTALE; // replaced on disk since it was started
}

int iso_do_open_executable(struct iso_state *state, const struct iso_op *op) {
    // Someone who is root in the sandbox can open /proc/PID/exe of a program that runs there. If that leads to a
    // writable mount, and the file belongs to a user who is mapped, it can be overwritten once the program has ended.
    // From a read-only mount of its own it cannot.
    int own = 1;
    int fd = op->path == NULL && op->fd == ISO_NONE ? open_own_file() : iso_place(state, op, O_PATH, &own);
    if (fd >= 0) {
        struct iso_op read_only = {.flags = ISO_MOUNT_READ_ONLY};
        int tree = iso_copy_tree(fd, &read_only);
        if (tree >= 0) {
            iso_drop(fd, own);
            return iso_keep(state, op, tree);
        }
        if (own) {
            return iso_keep(state, op, fd);
        }
        return iso_keep(state, op, iso_duplicate_above(fd, 0));
    }
    return op->path == NULL ? iso_keep(state, op, iso_openat(AT_FDCWD, "/proc/self/exe", O_PATH, 0)) : fd;
}
