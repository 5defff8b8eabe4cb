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

static int mount_the_old_way(const struct iso_mount_operands *operands, int target) {
    char data[ISO_PATH_MAX], place[32];
    const char *source = operands->type;
    char *end = data;
    *end = '\0';
    for (const char *const *pair = operands->parameters; pair != NULL && *pair != NULL; pair += 2) {
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
    return iso_mount(source, iso_proc_path(place, target), operands->type, old_flags(operands->attributes), data);
}

// A new, detached mount.
static int make_mount(struct iso_state *state, const struct iso_mount_operands *operands) {
    int fs = iso_fsopen(operands->type);
    if (fs < 0) {
        return fs;
    }
    int result = 0;
    for (const char *const *pair = operands->parameters; result >= 0 && pair != NULL && *pair != NULL; pair += 2) {
        int flag = pair[1][0] == '\0';
        result = iso_fsconfig(fs, flag ? ISO_FSCONFIG_FLAG : ISO_FSCONFIG_STRING, pair[0], flag ? NULL : pair[1], 0);
    }
    if (result >= 0) {
        result = iso_fsconfig(fs, ISO_FSCONFIG_CREATE, NULL, NULL, 0);
    }
    if (result >= 0) {
        result = iso_fsmount(fs, (uint32_t)operands->attributes);
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
static int is_too_long(const char *const *parameters) {
    enum { LONGEST = 255 };
    for (const char *const *pair = parameters; pair != NULL && *pair != NULL; pair += 2) {
        if (strlen(pair[1]) > LONGEST) {
            return 1;
        }
    }
    return 0;
}

// What is to be mounted on.
static int open_target(struct iso_state *state, const struct iso_place *place, int *own) {
    int target = iso_open_place(state, place, O_PATH, own);
    int result = target < 0 ? target : iso_check_mount_point(state, place, target);
    if (target >= 0 && result < 0) {
        iso_drop(target, *own);
    }
    return result < 0 ? result : target;
}

int iso_do_mount(struct iso_state *state, const struct iso_mount_operands *operands) {
    int own;
    int target = open_target(state, &operands->target, &own);
    if (target < 0) {
        return target;
    }
    int tree = is_too_long(operands->parameters) ? -ENOSYS : make_mount(state, operands);
    int result = tree;
    if (tree >= 0) {
        result = attach(tree, target);
        ISO_CALL(SYS_close, tree);
    } else if (tree == -ENOSYS) {
        result = mount_the_old_way(operands, target);
    }
    iso_drop(target, own);
    return result;
}

static uint32_t at_flags(uint32_t recursive) { return ISO_AT_EMPTY_PATH | (recursive == 1 ? ISO_AT_RECURSIVE : 0); }

int iso_copy_tree(int source, uint32_t recursive, uint64_t attributes) {
    int tree = iso_open_tree(source, "", ISO_OPEN_TREE_CLONE | at_flags(recursive));
    if (tree >= 0 && attributes != 0) {
        int result = iso_mount_setattr(tree, "", at_flags(recursive), attributes, 0, 0, -1);
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

static int bind_the_old_way(const struct iso_bind_operands *operands, int source, int target) {
    const struct iso_place *place = &operands->target;
    char from[32], to[32];
    int result = iso_mount(iso_proc_path(from, source), iso_proc_path(to, target), NULL,
                           MS_BIND | (operands->recursive == 1 ? MS_REC : 0), NULL);
    if (result < 0 || operands->attributes == 0) {
        return result;
    }
    // The descriptor still means what lies under the new mount, so the remount needs the path.
    return place->root == NULL && place->path != NULL ? remount_the_old_way(place->path, operands->attributes) : -ENOSYS;
}

int iso_do_bind(struct iso_state *state, const struct iso_bind_operands *operands) {
    int own_source, own_target;
    int source = iso_open_place(state, &operands->source, O_PATH, &own_source);
    if (source < 0) {
        return source;
    }
    int target = open_target(state, &operands->target, &own_target);
    if (target < 0) {
        iso_drop(source, own_source);
        return target;
    }
    int tree = iso_copy_tree(source, operands->recursive, operands->attributes);
    int result = tree;
    if (tree >= 0) {
        result = attach(tree, target);
        ISO_CALL(SYS_close, tree);
    } else if (tree == -ENOSYS) {
        result = bind_the_old_way(operands, source, target);
    }
    iso_drop(source, own_source);
    iso_drop(target, own_target);
    return result;
}

int iso_do_open_tree(struct iso_state *state, const struct iso_open_tree_operands *operands) {
    int own;
    int source = iso_open_place(state, &operands->place, O_PATH, &own);
    if (source < 0) {
        return source;
    }
    int tree = iso_copy_tree(source, operands->recursive, operands->attributes);
    iso_drop(source, own);
    return iso_keep(state, operands->result, tree);
}

struct locking {
    const char *path;
    uint64_t attributes;
    int tree;
};

// The kernel locks the attributes of mounts that come, with a copy of their mount namespace, to a less privileged user
// namespace, and a copy of such a mount keeps the locks wherever it is attached. See mount_namespaces(7).
static int lock(void *argument) {
    const struct locking *locking = argument;
    const char *path = locking->path;
    int result = iso_unshare(CLONE_NEWNS);
    if (result == 0) {
        result = iso_move_mount(locking->tree, "", AT_FDCWD, path, ISO_MOVE_FROM_EMPTY_PATH);
    }
    if (result == 0) {
        result = iso_mount_setattr(AT_FDCWD, path, 0, locking->attributes, 0, 0, -1);
        if (result == -ENOSYS) {
            result = remount_the_old_way(path, locking->attributes);
        }
    }
    if (result == 0) {
        result = iso_unshare(CLONE_NEWUSER | CLONE_NEWNS);
    }
    return result < 0 ? result : iso_open_tree(AT_FDCWD, path, ISO_OPEN_TREE_CLONE);
}

int iso_do_lock_tree(struct iso_state *state, const struct iso_lock_tree_operands *operands) {
    struct locking locking = {operands->folder, operands->attributes, iso_register(state, operands->tree)};
    int tree = iso_send_visitor(lock, &locking);
    ISO_CALL(SYS_close, locking.tree);
    return iso_keep(state, operands->result, tree);
}

int iso_do_move_tree(struct iso_state *state, const struct iso_move_tree_operands *operands) {
    int own;
    int target = open_target(state, &operands->target, &own);
    if (target < 0) {
        return target;
    }
    int result = attach(iso_register(state, operands->tree), target);
    iso_drop(target, own);
    return result;
}

int iso_do_mount_attributes(struct iso_state *state, const struct iso_mount_attributes_operands *operands) {
    int own;
    int fd = iso_open_place(state, &operands->place, O_PATH, &own);
    if (fd < 0) {
        return fd;
    }
    int result = iso_mount_setattr(fd, "", at_flags(operands->recursive), operands->attributes, 0, 0, -1);
    if (result == -ENOSYS && operands->recursive != 1) {
        char place[32];
        result = remount_the_old_way(iso_proc_path(place, fd), operands->attributes);
    }
    iso_drop(fd, own);
    return result;
}

int iso_do_propagation(struct iso_state *state, const struct iso_propagation_operands *operands) {
    int own;
    int fd = iso_open_place(state, &operands->place, O_PATH, &own);
    if (fd < 0) {
        return fd;
    }
    int result = iso_mount_setattr(fd, "", at_flags(operands->recursive), 0, 0, operands->kind, -1);
    if (result == -ENOSYS) {
        char place[32];
        uint64_t flags = operands->kind | (operands->recursive == 1 ? MS_REC : 0);
        result = iso_mount(NULL, iso_proc_path(place, fd), NULL, flags, NULL);
    }
    iso_drop(fd, own);
    return result;
}

int iso_do_unmount(struct iso_state *state, const struct iso_unmount_operands *operands) {
    (void)state;
    const struct iso_place *place = &operands->place;
    if (place->root == NULL && place->path != NULL) {
        return iso_umount(place->path, (int)operands->flags);
    }
    // An open descriptor of the mount would keep it busy, so this goes by its parent directory and its name.
    char name[ISO_PATH_MAX];
    int own;
    int directory = iso_parent(place, name, &own);
    if (directory < 0) {
        return directory;
    }
    int here = iso_openat(AT_FDCWD, ".", O_PATH | O_DIRECTORY, 0);
    long result = here < 0 ? here : ISO_CALL(SYS_fchdir, directory);
    iso_drop(directory, own);
    if (result == 0) {
        result = iso_umount(name, (int)operands->flags | ISO_UMOUNT_NO_FOLLOW);
        long back = ISO_CALL(SYS_fchdir, here);
        result = result < 0 ? result : back;
    }
    iso_drop(here, 1);
    return (int)result;
}
