// Files of a sandbox in the making: directories, mount points, small files, symbolic links.
#include "iso_executor.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "iso_file.h"

#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif

int iso_do_open(struct iso_state *state, const struct iso_op *op) {
    int own;
    int fd = iso_place(state, op, O_PATH | (op->mode == 1 ? O_DIRECTORY : 0), &own);
    if (fd >= 0 && !own) {
        fd = iso_duplicate_above(fd, 0);
    }
    return iso_keep(state, op, fd);
}

// The mode that is asked for, whatever the umask.
static int make_directory(int parent, const char *name, uint32_t mode) {
    long mask = ISO_CALL(SYS_umask, 0);
    long result = ISO_CALL(SYS_mkdirat, parent, name, mode);
    ISO_CALL(SYS_umask, mask);
    return (int)result;
}

// Every directory on the way, like `mkdir -p`; with a root, each step is resolved inside it anew.
static int make_parents(struct iso_state *state, const struct iso_op *op) {
    char prefix[ISO_PATH_MAX], name[ISO_PATH_MAX];
    size_t length = strlen(op->path);
    if (length >= sizeof prefix) {
        return -ENAMETOOLONG;
    }
    memcpy(prefix, op->path, length + 1);
    for (size_t i = 1; i < length; i++) {
        if (prefix[i] != '/' || prefix[i - 1] == '/') {
            continue;
        }
        prefix[i] = '\0';
        struct iso_op part = *op;
        part.path = prefix;
        int own, result = 0;
        int parent = iso_parent(state, &part, name, &own);
        if (parent >= 0) {
            result = make_directory(parent, name, 0755);
            iso_drop(parent, own);
        } else if (parent != -EINVAL) { // "." and ".." exist
            result = parent;
        }
        prefix[i] = '/';
        if (result < 0 && result != -EEXIST) {
            return result;
        }
    }
    return 0;
}

int iso_do_make_directory(struct iso_state *state, const struct iso_op *op) {
    char name[ISO_PATH_MAX];
    int own, result = op->value == 1 ? make_parents(state, op) : 0;
    if (result < 0) {
        return result;
    }
    int parent = iso_parent(state, op, name, &own);
    if (parent < 0) {
        return parent;
    }
    result = make_directory(parent, name, op->mode);
    iso_drop(parent, own);
    if (result == -EEXIST && op->value == 1) {
        // Fine if what is there is a directory.
        int there = iso_place(state, op, O_PATH | O_DIRECTORY, &own);
        iso_drop(there, own);
        result = there < 0 ? there : 0;
    }
    return result;
}

int iso_do_make_file(struct iso_state *state, const struct iso_op *op) {
    char name[ISO_PATH_MAX];
    int own;
    int parent = iso_parent(state, op, name, &own);
    if (parent < 0) {
        return parent;
    }
    long mask = ISO_CALL(SYS_umask, 0);
    int fd = iso_openat(parent, name, O_CREAT | O_EXCL | O_WRONLY, op->mode);
    ISO_CALL(SYS_umask, mask);
    iso_drop(parent, own);
    iso_drop(fd, 1);
    return fd == -EEXIST ? 0 : fd < 0 ? fd : 0;
}

int iso_do_write_file(struct iso_state *state, const struct iso_op *op) {
    (void)state;
    // O_NONBLOCK: a FIFO that lies in wait must not hold us.
    int flags = O_WRONLY | O_CREAT | O_NOCTTY | O_NONBLOCK | (op->value == 1 ? O_APPEND : O_TRUNC);
    int fd;
    if (op->fd != ISO_NONE) {
        fd = -EINVAL;
    } else {
        long mask = ISO_CALL(SYS_umask, 0);
        fd = op->root != NULL ? iso_in_root(op->root, op->path, flags, op->mode)
                              : iso_openat(AT_FDCWD, op->path, flags, op->mode);
        ISO_CALL(SYS_umask, mask);
    }
    if (fd < 0) {
        return fd;
    }
    const char *rest = op->source;
    size_t left = op->count;
    long result = 0;
    while (left > 0) {
        result = ISO_CALL(SYS_write, fd, rest, left);
        if (result == -EINTR) {
            continue;
        }
        if (result <= 0) {
            result = result == 0 ? -EIO : result;
            break;
        }
        rest += result;
        left -= (size_t)result;
    }
    ISO_CALL(SYS_close, fd);
    return result < 0 ? (int)result : 0;
}

int iso_do_make_link(struct iso_state *state, const struct iso_op *op) {
    char name[ISO_PATH_MAX];
    int own;
    int parent = iso_parent(state, op, name, &own);
    if (parent < 0) {
        return parent;
    }
    long result = ISO_CALL(SYS_symlinkat, op->source, parent, name);
    iso_drop(parent, own);
    return (int)result;
}

int iso_do_set_mode(struct iso_state *state, const struct iso_op *op) {
    int own;
    int fd = iso_place(state, op, O_PATH, &own);
    if (fd < 0) {
        return fd;
    }
    long result = ISO_CALL(SYS_fchmodat2, fd, "", op->mode, AT_EMPTY_PATH);
    if (result == -ENOSYS) { // before Linux 6.6
        char place[32];
        result = ISO_CALL(SYS_fchmodat, AT_FDCWD, iso_proc_path(place, fd), op->mode);
    }
    iso_drop(fd, own);
    return (int)result;
}

int iso_do_open_for_appending(struct iso_state *state, const struct iso_op *op) {
    // A device may do something when it is opened, and the reader of a FIFO would see it end: look first, by O_PATH.
    int own;
    int there = iso_place(state, op, O_PATH, &own);
    if (there < 0) {
        return there;
    }
    struct iso_identity identity;
    int result = iso_statx(there, "", AT_EMPTY_PATH, &identity);
    iso_drop(there, own);
    if (result < 0) {
        return result;
    }
    if ((identity.mode & S_IFMT) != S_IFREG || op->fd != ISO_NONE) {
        return -EINVAL;
    }
    // O_NONBLOCK: should a FIFO have taken its place meanwhile, it must not hold us.
    int fd = iso_place(state, op, O_WRONLY | O_APPEND | O_NOCTTY | O_NONBLOCK, &own);
    iso_drop(fd, own);
    return fd < 0 ? fd : 0;
}
