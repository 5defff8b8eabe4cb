// The mount system calls, each a wrapper and nothing more.
#include "iso_call.h"

#include <fcntl.h>
#include <linux/mount.h>

#include "iso_mount.h"

int iso_open_tree(int directory, const char *path, uint32_t flags) {
    return (int)ISO_CALL(SYS_open_tree, directory, path, flags | OPEN_TREE_CLOEXEC);
}

int iso_move_mount(int from, const char *from_path, int to, const char *to_path, uint32_t flags) {
    return (int)ISO_CALL(SYS_move_mount, from, from_path, to, to_path, flags);
}

int iso_fsopen(const char *type) { return (int)ISO_CALL(SYS_fsopen, type, FSOPEN_CLOEXEC); }

int iso_fspick(int directory, const char *path, uint32_t flags) {
    return (int)ISO_CALL(SYS_fspick, directory, path, flags | FSPICK_CLOEXEC);
}

int iso_fsconfig(int fs, uint32_t command, const char *key, const char *value, int aux) {
    return (int)ISO_CALL(SYS_fsconfig, fs, command, key, value, aux);
}

int iso_fsmount(int fs, uint32_t attributes) {
    return (int)ISO_CALL(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attributes);
}

int iso_mount_setattr(int directory, const char *path, uint32_t flags, uint64_t set, uint64_t clear,
                      uint64_t propagation, int user_namespace) {
    // The structure of mount_setattr(2), version 0; older headers lack it.
    struct {
        uint64_t set, clear, propagation, user_namespace;
    } attributes = {set, clear, propagation, user_namespace < 0 ? 0 : (uint64_t)user_namespace};
    return (int)ISO_CALL(SYS_mount_setattr, directory, path, flags, &attributes, sizeof attributes);
}

int iso_mount(const char *source, const char *target, const char *type, uint64_t flags, const char *data) {
    return (int)ISO_CALL(SYS_mount, source, target, type, flags, data);
}

int iso_umount(const char *target, int flags) { return (int)ISO_CALL(SYS_umount2, target, flags); }

int iso_pivot_root(const char *new_root, const char *put_old) {
    return (int)ISO_CALL(SYS_pivot_root, new_root, put_old);
}
