// Places: how an operation's descriptor, root and path become one open descriptor.
//
// A path inside a root that someone else filled is resolved by the kernel with RESOLVE_IN_ROOT, and what comes of it
// stays a descriptor: turning it back into a string would give the other side a second chance to swap a symbolic link.
#include "iso_executor.h"

#include <fcntl.h>
#include <string.h>

#include "iso_file.h"

int iso_register(struct iso_state *state, int fd) {
    if (fd <= ISO_REGISTER_BASE && fd > ISO_REGISTER_BASE - ISO_REGISTER_COUNT) {
        return state->registers[ISO_REGISTER_BASE - fd];
    }
    return fd;
}

int iso_keep(struct iso_state *state, const struct iso_op *op, int fd) {
    if (fd < 0) {
        return fd;
    }
    if (op->result < 0 || op->result >= ISO_REGISTER_COUNT) {
        ISO_CALL(SYS_close, fd);
        return -EINVAL;
    }
    state->registers[op->result] = fd;
    return 0;
}

int iso_in_root(const char *root, const char *path, int flags, uint32_t mode) {
    int directory = iso_openat(AT_FDCWD, root, O_PATH | O_DIRECTORY, 0);
    if (directory < 0) {
        return directory;
    }
    int fd = iso_openat2(directory, path, (uint64_t)flags, mode, ISO_RESOLVE_IN_ROOT | ISO_RESOLVE_NO_MAGICLINKS);
    ISO_CALL(SYS_close, directory);
    return fd;
}

static int open_place(struct iso_state *state, int fd, const char *root, const char *path, int flags, int *own) {
    *own = 0;
    if (fd != ISO_NONE) {
        int seen = iso_register(state, fd);
        return seen < 0 ? -EBADF : seen;
    }
    if (path == NULL) {
        return -EINVAL;
    }
    int opened = root != NULL ? iso_in_root(root, path, flags, 0) : iso_openat(AT_FDCWD, path, flags, 0);
    *own = opened >= 0;
    return opened;
}

int iso_place(struct iso_state *state, const struct iso_op *op, int flags, int *own) {
    return open_place(state, op->fd, op->root, op->path, flags, own);
}

int iso_source(struct iso_state *state, const struct iso_op *op, int flags, int *own) {
    return open_place(state, op->other, op->source_root, op->source, flags, own);
}

int iso_parent(struct iso_state *state, const struct iso_op *op, char *name, int *own) {
    *own = 0;
    if (op->path == NULL) {
        return -EINVAL;
    }
    size_t end = strlen(op->path);
    while (end > 1 && op->path[end - 1] == '/') {
        end--;
    }
    size_t start = end;
    while (start > 0 && op->path[start - 1] != '/') {
        start--;
    }
    size_t length = end - start;
    if (length == 0 || (length == 1 && op->path[start] == '.')
        || (length == 2 && op->path[start] == '.' && op->path[start + 1] == '.')) {
        return -EINVAL;
    }
    if (start >= ISO_PATH_MAX || length >= ISO_PATH_MAX) {
        return -ENAMETOOLONG;
    }
    char directory[ISO_PATH_MAX];
    memcpy(directory, op->path, start);
    directory[start] = '\0';
    memcpy(name, op->path + start, length);
    name[length] = '\0';
    return open_place(state, ISO_NONE, op->root, start == 0 ? "." : directory, O_PATH | O_DIRECTORY, own);
}

void iso_drop(int fd, int own) {
    if (own && fd >= 0) {
        ISO_CALL(SYS_close, fd);
    }
}

char *iso_append(char *end, const char *limit, const char *text) {
    size_t length = strlen(text);
    if (end == NULL || (size_t)(limit - end) <= length) {
        return NULL;
    }
    memcpy(end, text, length + 1);
    return end + length;
}

const char *iso_proc_path(char *buffer, int fd) {
    char digits[12];
    int count = 0;
    do {
        digits[count++] = (char)('0' + fd % 10);
        fd /= 10;
    } while (fd > 0);
    memcpy(buffer, "/proc/self/fd/", 14);
    char *end = buffer + 14;
    while (count > 0) {
        *end++ = digits[--count];
    }
    *end = '\0';
    return buffer;
}
