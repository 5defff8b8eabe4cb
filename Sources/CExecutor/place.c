// Places: how a descriptor, root and path become one open descriptor.
//
// A path inside a root that someone else filled is resolved by the kernel with RESOLVE_IN_ROOT, and what comes of it
// stays a descriptor: turning it back into a string would give the other side a second chance to swap a symbolic link.
#include "iso_executor.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

#include "iso_file.h"

#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif

int iso_register(struct iso_state *state, int fd) {
    if (fd <= ISO_REGISTER_BASE && fd > ISO_REGISTER_BASE - ISO_REGISTER_COUNT) {
        return state->registers[ISO_REGISTER_BASE - fd];
    }
    return fd;
}

int iso_keep(struct iso_state *state, int32_t result, int fd) {
    if (fd < 0) {
        return fd;
    }
    if (result < 0 || result >= ISO_REGISTER_COUNT) {
        ISO_CALL(SYS_close, fd);
        return -EINVAL;
    }
    state->registers[result] = fd;
    return 0;
}

static int in_root(const char *root, const char *path, int flags, uint32_t mode, uint64_t more) {
    int directory = iso_openat(AT_FDCWD, root, O_PATH | O_DIRECTORY, 0);
    if (directory < 0) {
        return directory;
    }
    int fd = iso_openat2(directory, path, (uint64_t)flags, mode, ISO_RESOLVE_IN_ROOT | ISO_RESOLVE_NO_MAGICLINKS | more);
    ISO_CALL(SYS_close, directory);
    return fd;
}

int iso_in_root(const char *root, const char *path, int flags, uint32_t mode) {
    return in_root(root, path, flags, mode, 0);
}

static int refuse(struct iso_state *state, const char *why) {
    state->about = ISO_DETAIL_REFUSAL;
    iso_append(state->detail, state->detail + sizeof state->detail, why);
    return -EPERM;
}

static int is_same(const struct iso_identity *one, const struct iso_identity *other) {
    return one->device_major == other->device_major && one->device_minor == other->device_minor
        && one->inode == other->inode;
}

// What is at a path in the root: 0 or -errno.
static int look(const char *root, const char *path, struct iso_identity *found) {
    int fd = in_root(root, path, O_PATH, 0, ISO_RESOLVE_NO_SYMLINKS);
    if (fd < 0) {
        return fd;
    }
    int result = iso_statx(fd, "", AT_EMPTY_PATH, found);
    ISO_CALL(SYS_close, fd);
    return result;
}

// 1: of the proc file system that is mounted in the root; 0: not; -errno. A volume may hold another one.
static int is_of_proc(const struct iso_place *place, int fd, struct iso_identity *found) {
    struct statfs system = {0};
    struct iso_identity proc = {0};
    long result = ISO_CALL(SYS_fstatfs, fd, &system);
    if (result == 0) {
        result = iso_statx(fd, "", AT_EMPTY_PATH, found);
    }
    if (result < 0 || system.f_type != PROC_SUPER_MAGIC) {
        return (int)result;
    }
    result = look(place->root, "proc", &proc);
    return result < 0 ? (int)result
                      : proc.device_major == found->device_major && proc.device_minor == found->device_minor;
}

int iso_check_mount_point(struct iso_state *state, const struct iso_place *place, int target) {
    if (place->rule != ISO_PLACE_MOUNT_POINT || place->root == NULL) {
        return 0;
    }
    struct iso_identity found = {0}, other = {0};
    int result = is_of_proc(place, target, &found);
    if (result == 0) {
        result = look(place->root, "/", &other);
        return result < 0 ? result : is_same(&found, &other) ? refuse(state, "root") : 0;
    }
    for (const char *const *path = place->allowed; result == 1 && path != NULL && *path != NULL; path++) {
        if (look(place->root, *path, &other) == 0 && is_same(&found, &other)) {
            return 0;
        }
    }
    enum { TOP_OF_PROC = 1 };
    return result < 0 ? result : refuse(state, found.inode == TOP_OF_PROC ? "proc" : "inside");
}

int iso_explain(struct iso_state *state, const struct iso_place *place, int parent, int result) {
    struct iso_identity found = {0};
    int is_refusal = result < 0 && result != -EEXIST && place->rule == ISO_PLACE_MOUNT_POINT
        && place->root != NULL && is_of_proc(place, parent, &found) == 1;
    return is_refusal ? refuse(state, "inside") : result;
}

static int open_path(const char *root, const char *path, int flags, uint64_t more) {
    return root != NULL ? in_root(root, path, flags, 0, more) : iso_openat(AT_FDCWD, path, flags, 0);
}

int iso_open_place(struct iso_state *state, const struct iso_place *place, int flags, int *own) {
    *own = 0;
    if (place->fd != ISO_NONE) {
        int seen = iso_register(state, place->fd);
        return seen < 0 ? -EBADF : seen;
    }
    if (place->path == NULL) {
        return -EINVAL;
    }
    int is_ordinary = place->rule == ISO_PLACE_ORDINARY;
    int opened = open_path(place->root, place->path, flags | (is_ordinary ? O_DIRECTORY : 0),
                           is_ordinary ? ISO_RESOLVE_NO_SYMLINKS : 0);
    *own = opened >= 0;
    return is_ordinary && (opened == -ELOOP || opened == -ENOTDIR) ? refuse(state, "link") : opened;
}

int iso_parent(const struct iso_place *place, char *name, int *own) {
    *own = 0;
    if (place->path == NULL) {
        return -EINVAL;
    }
    size_t end = strlen(place->path);
    while (end > 1 && place->path[end - 1] == '/') {
        end--;
    }
    size_t start = end;
    while (start > 0 && place->path[start - 1] != '/') {
        start--;
    }
    size_t length = end - start;
    if (length == 0 || (length == 1 && place->path[start] == '.')
        || (length == 2 && place->path[start] == '.' && place->path[start + 1] == '.')) {
        return -EINVAL;
    }
    if (start >= ISO_PATH_MAX || length >= ISO_PATH_MAX) {
        return -ENAMETOOLONG;
    }
    char directory[ISO_PATH_MAX];
    memcpy(directory, place->path, start);
    directory[start] = '\0';
    memcpy(name, place->path + start, length);
    name[length] = '\0';
    uint64_t more = place->rule == ISO_PLACE_ORDINARY ? ISO_RESOLVE_NO_SYMLINKS : 0;
    int opened = open_path(place->root, start == 0 ? "." : directory, O_PATH | O_DIRECTORY, more);
    *own = opened >= 0;
    return opened;
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
