// The mount API by file descriptor (Linux 5.2, mount_setattr 5.12): glibc has it since 2.36 only.
// See mount_setattr(2), open_tree(2), fsopen(2) of the kernel's own manual.
#ifndef ISO_MOUNT_H
#define ISO_MOUNT_H

#include <stdint.h>

enum {
    ISO_OPEN_TREE_CLONE = 1,
    ISO_AT_RECURSIVE = 0x8000,
    ISO_AT_EMPTY_PATH = 0x1000,
    ISO_MOVE_FROM_EMPTY_PATH = 0x04,
    ISO_MOVE_TO_EMPTY_PATH = 0x40,
};
enum {
    ISO_MOUNT_READ_ONLY = 0x01,
    ISO_MOUNT_NO_SUID = 0x02,
    ISO_MOUNT_NO_DEVICES = 0x04,
    ISO_MOUNT_NO_EXECUTE = 0x08,
    ISO_MOUNT_NO_ACCESS_TIME = 0x10,
    ISO_MOUNT_ID_MAPPED = 0x00100000,
};
enum {
    ISO_PROPAGATION_UNBINDABLE = 1 << 17,
    ISO_PROPAGATION_PRIVATE = 1 << 18,
    ISO_PROPAGATION_SLAVE = 1 << 19,
    ISO_PROPAGATION_SHARED = 1 << 20,
};
enum {
    ISO_FSCONFIG_FLAG = 0,
    ISO_FSCONFIG_STRING = 1,
    ISO_FSCONFIG_FD = 5,
    ISO_FSCONFIG_CREATE = 6,
    ISO_FSCONFIG_RECONFIGURE = 7,
};
enum { ISO_UMOUNT_DETACH = 2, ISO_UMOUNT_NO_FOLLOW = 8 };

// All returned descriptors are close-on-exec.
int iso_open_tree(int directory, const char *path, uint32_t flags);
int iso_move_mount(int from, const char *from_path, int to, const char *to_path, uint32_t flags);
int iso_fsopen(const char *type);
int iso_fspick(int directory, const char *path, uint32_t flags);
int iso_fsconfig(int fs, uint32_t command, const char *key, const char *value, int aux);
int iso_fsmount(int fs, uint32_t attributes);
// user_namespace is used with ISO_MOUNT_ID_MAPPED in `set` only; -1 otherwise.
int iso_mount_setattr(int directory, const char *path, uint32_t flags, uint64_t set, uint64_t clear,
                      uint64_t propagation, int user_namespace);
int iso_mount(const char *source, const char *target, const char *type, uint64_t flags, const char *data);
int iso_umount(const char *target, int flags);
int iso_pivot_root(const char *new_root, const char *put_old);

#endif
