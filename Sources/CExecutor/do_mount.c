// Mounts by descriptor, with mount(2) where the kernel (or a seccomp filter that answers ENOSYS) has nothing newer.
#include "iso_executor.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <string.h>
#include <sys/vfs.h>

#include "iso_file.h"
#include "iso_mount.h"
#include "iso_process.h"

#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256
#endif

static uint64_t old_flags(uint64_t attributes) {
    return (attributes & ISO_MOUNT_READ_ONLY ? MS_RDONLY : 0) | (attributes & ISO_MOUNT_NO_SUID ? MS_NOSUID : 0)
        | (attributes & ISO_MOUNT_NO_DEVICES ? MS_NODEV : 0) | (attributes & ISO_MOUNT_NO_EXECUTE ? MS_NOEXEC : 0)
        | (attributes & ISO_MOUNT_NO_ACCESS_TIME ? MS_NOATIME : 0);
}

// What the kernel wrote into the file system context's log, such as "e overlay: upper fs is r/o".
static void read_log(struct iso_state *state, int fs) {
    long length = ISO_CALL(SYS_read, fs, state->detail, sizeof state->detail - 1);
    state->detail[length > 0 ? length : 0] = '\0';
}

static int mount_the_old_way(const struct iso_op *op, int target) {
    char data[ISO_PATH_MAX], place[32];
    const char *source = op->source;
    char *end = data;
    *end = '\0';
    for (const char *const *pair = op->list; pair != NULL && *pair != NULL; pair += 2) {
        if (strcmp(pair[0], "source") == 0) {
            source = pair[1];
            continue;
        }
        const char *limit = data + sizeof data;
        end = iso_append(end, limit, end == data ? "" : ",");
        end = iso_append(end, limit, pair[0]);
        if (pair[1][0] != '\0') {
            end = iso_append(end, limit, "=");
            end = iso_append(end, limit, pair[1]);
        }
        if (end == NULL) {
            return -E2BIG;
        }
    }
    return iso_mount(source, iso_proc_path(place, target), op->source, old_flags(op->flags), data);
}

// A new, detached mount of the type op->source.
static int make_mount(struct iso_state *state, const struct iso_op *op) {
    int fs = iso_fsopen(op->source);
    if (fs < 0) {
        return fs;
    }
    int result = 0;
    for (const char *const *pair = op->list; result >= 0 && pair != NULL && *pair != NULL; pair += 2) {
        int flag = pair[1][0] == '\0';
        result = iso_fsconfig(fs, flag ? ISO_FSCONFIG_FLAG : ISO_FSCONFIG_STRING, pair[0], flag ? NULL : pair[1], 0);
    }
    if (result >= 0) {
        result = iso_fsconfig(fs, ISO_FSCONFIG_CREATE, NULL, NULL, 0);
    }
    if (result >= 0) {
        result = iso_fsmount(fs, (uint32_t)op->flags);
    }
    if (result < 0) {
        read_log(state, fs);
    }
    ISO_CALL(SYS_close, fs);
    return result;
}

static int attach(int tree, int target) {
    return iso_move_mount(tree, "", target, "", ISO_MOVE_FROM_EMPTY_PATH | ISO_MOVE_TO_EMPTY_PATH);
}

// fsconfig(2) takes no text longer than this; the layers of an overlay are, and mount(2) has a page for all.
static int is_too_long(const struct iso_op *op) {
    enum { LONGEST = 255 };
    for (const char *const *pair = op->list; pair != NULL && *pair != NULL; pair += 2) {
        if (strlen(pair[1]) > LONGEST) {
            return 1;
        }
    }
    return 0;
}

// What is to be mounted on.
static int open_target(struct iso_state *state, const struct iso_op *op, int *own) {
    int target = iso_place(state, op, O_PATH, own);
    int result = target < 0 ? target : iso_check_mount_point(state, op, target);
    if (target >= 0 && result < 0) {
        iso_drop(target, *own);
    }
    return result < 0 ? result : target;
}

int iso_do_mount(struct iso_state *state, const struct iso_op *op) {
    int own;
    int target = open_target(state, op, &own);
    if (target < 0) {
        return target;
    }
    int tree = is_too_long(op) ? -ENOSYS : make_mount(state, op);
    int result = tree;
    if (tree >= 0) {
        result = attach(tree, target);
        ISO_CALL(SYS_close, tree);
    } else if (tree == -ENOSYS) {
        result = mount_the_old_way(op, target);
    }
    iso_drop(target, own);
    return result;
}

static uint32_t recursive(const struct iso_op *op) { return op->mode == 1 ? ISO_AT_RECURSIVE : 0; }

int iso_copy_tree(int source, const struct iso_op *op) {
    int tree = iso_open_tree(source, "", ISO_OPEN_TREE_CLONE | ISO_AT_EMPTY_PATH | recursive(op));
    if (tree >= 0 && op->flags != 0) {
        int result = iso_mount_setattr(tree, "", ISO_AT_EMPTY_PATH | recursive(op), op->flags, 0, 0, -1);
        if (result < 0) {
            ISO_CALL(SYS_close, tree);
            return result;
        }
    }
    return tree;
}

// The attributes that a mount has: in a user namespace a remount that forgets a locked one is refused.
static uint64_t flags_of(int fd) {
    struct statfs found = {0};
    if (ISO_CALL(SYS_fstatfs, fd, &found) < 0) {
        return 0;
    }
    // ST_* and MS_* agree for these (see statfs(2)): read-only, nosuid, nodev, noexec, noatime, nodiratime.
    uint64_t same = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME;
    uint64_t kept = (uint64_t)found.f_flags & same;
    return kept | ((uint64_t)found.f_flags & 0x1000 /* ST_RELATIME */ ? MS_RELATIME : 0);
}

// mount(2) makes a bind mount with its source's attributes whatever one asks; only a remount changes them, and only
// those of the topmost mount.
static int remount_the_old_way(const char *path, uint64_t attributes) {
    int fd = iso_openat(AT_FDCWD, path, O_PATH, 0);
    if (fd < 0) {
        return fd;
    }
    char place[32];
    int result = iso_mount(NULL, iso_proc_path(place, fd), NULL,
                           MS_REMOUNT | MS_BIND | flags_of(fd) | old_flags(attributes), NULL);
    ISO_CALL(SYS_close, fd);
    return result;
}

static int bind_the_old_way(const struct iso_op *op, int source, int target) {
    char from[32], to[32];
    int result = iso_mount(iso_proc_path(from, source), iso_proc_path(to, target), NULL,
                           MS_BIND | (op->mode == 1 ? MS_REC : 0), NULL);
    if (result < 0 || op->flags == 0) {
        return result;
    }
    // The descriptor still means what lies under the new mount, so the remount needs the path.
    return op->root == NULL && op->path != NULL ? remount_the_old_way(op->path, op->flags) : -ENOSYS;
}

int iso_do_bind(struct iso_state *state, const struct iso_op *op) {
    int own_source, own_target;
    int source = iso_source(state, op, O_PATH, &own_source);
    if (source < 0) {
        return source;
    }
    int target = open_target(state, op, &own_target);
    if (target < 0) {
        iso_drop(source, own_source);
        return target;
    }
    int tree = iso_copy_tree(source, op);
    int result = tree;
    if (tree >= 0) {
        result = attach(tree, target);
        ISO_CALL(SYS_close, tree);
    } else if (tree == -ENOSYS) {
        result = bind_the_old_way(op, source, target);
    }
    iso_drop(source, own_source);
    iso_drop(target, own_target);
    return result;
}

int iso_do_open_tree(struct iso_state *state, const struct iso_op *op) {
    int own;
    int source = iso_place(state, op, O_PATH, &own);
    if (source < 0) {
        return source;
    }
    int tree = iso_copy_tree(source, op);
    iso_drop(source, own);
    return iso_keep(state, op, tree);
}

struct locking {
    const struct iso_op *op;
    int tree;
};

// The kernel locks the attributes of mounts that come, with a copy of their mount namespace, to a less privileged user
// namespace, and a copy of such a mount keeps the locks wherever it is attached. See mount_namespaces(7).
static int lock(void *argument) {
    const struct locking *locking = argument;
    const char *path = locking->op->path;
    int result = iso_unshare(CLONE_NEWNS);
    if (result == 0) {
        result = iso_move_mount(locking->tree, "", AT_FDCWD, path, ISO_MOVE_FROM_EMPTY_PATH);
    }
    if (result == 0) {
        result = iso_mount_setattr(AT_FDCWD, path, 0, locking->op->flags, 0, 0, -1);
        if (result == -ENOSYS) {
            result = remount_the_old_way(path, locking->op->flags);
        }
    }
    if (result == 0) {
        result = iso_unshare(CLONE_NEWUSER | CLONE_NEWNS);
    }
    return result < 0 ? result : iso_open_tree(AT_FDCWD, path, ISO_OPEN_TREE_CLONE);
}

int iso_do_lock_tree(struct iso_state *state, const struct iso_op *op) {
    struct locking locking = {op, iso_register(state, op->fd)};
    int tree = iso_send_visitor(lock, &locking);
    ISO_CALL(SYS_close, locking.tree);
    return iso_keep(state, op, tree);
}

int iso_do_move_tree(struct iso_state *state, const struct iso_op *op) {
    int own;
    int target = open_target(state, op, &own);
    if (target < 0) {
        return target;
    }
    int result = attach(iso_register(state, op->other), target);
    iso_drop(target, own);
    return result;
}

int iso_do_mount_attributes(struct iso_state *state, const struct iso_op *op) {
    int own;
    int fd = iso_place(state, op, O_PATH, &own);
    if (fd < 0) {
        return fd;
    }
    int result = iso_mount_setattr(fd, "", ISO_AT_EMPTY_PATH | recursive(op), op->flags, 0, 0, -1);
    if (result == -ENOSYS && op->mode != 1) {
        char place[32];
        result = remount_the_old_way(iso_proc_path(place, fd), op->flags);
    }
    iso_drop(fd, own);
    return result;
}

int iso_do_propagation(struct iso_state *state, const struct iso_op *op) {
    int own;
    int fd = iso_place(state, op, O_PATH, &own);
    if (fd < 0) {
        return fd;
    }
    int result = iso_mount_setattr(fd, "", ISO_AT_EMPTY_PATH | recursive(op), 0, 0, op->flags, -1);
    if (result == -ENOSYS) {
        char place[32];
        result = iso_mount(NULL, iso_proc_path(place, fd), NULL, op->flags | (op->mode == 1 ? MS_REC : 0), NULL);
    }
    iso_drop(fd, own);
    return result;
}

int iso_do_unmount(struct iso_state *state, const struct iso_op *op) {
    if (op->root == NULL && op->path != NULL) {
        return iso_umount(op->path, (int)op->flags);
    }
    // An open descriptor of the mount would keep it busy, so this goes by its parent directory and its name.
    char name[ISO_PATH_MAX];
    int own;
    int directory = iso_parent(state, op, name, &own);
    if (directory < 0) {
        return directory;
    }
    int here = iso_openat(AT_FDCWD, ".", O_PATH | O_DIRECTORY, 0);
    long result = here < 0 ? here : ISO_CALL(SYS_fchdir, directory);
    iso_drop(directory, own);
    if (result == 0) {
        result = iso_umount(name, (int)op->flags | ISO_UMOUNT_NO_FOLLOW);
        long back = ISO_CALL(SYS_fchdir, here);
        result = result < 0 ? result : back;
    }
    iso_drop(here, 1);
    return (int)result;
}
