// Paths and descriptors: openat2, close_range, statx.
#include "iso_call.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/stat.h>
#include <sys/ioctl.h>

#include "iso_file.h"

#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x1000
#endif
#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT 0x2000
#endif

_Static_assert(ISO_OPEN_PATH == O_PATH, "O_PATH differs on this architecture");

enum { RACE_RETRIES = 32 };

int iso_openat2(int directory, const char *path, uint64_t flags, uint32_t mode, uint64_t resolve) {
    struct open_how how = {.flags = flags | O_CLOEXEC, .mode = mode, .resolve = resolve};
    long result = -EAGAIN;
    for (int attempt = 0; attempt < RACE_RETRIES && (result == -EAGAIN || result == -EINTR); attempt++) {
        result = ISO_CALL(SYS_openat2, directory, path, &how, sizeof how);
    }
    return (int)result;
}

int iso_openat(int directory, const char *path, int flags, uint32_t mode) {
    long result;
    do {
        result = ISO_CALL(SYS_openat, directory, path, flags | O_CLOEXEC, mode);
    } while (result == -EINTR);
    return (int)result;
}

int iso_close_range(uint32_t first, uint32_t last, uint32_t flags) {
    return (int)ISO_CALL(SYS_close_range, first, last, flags);
}

int iso_duplicate_above(int fd, int minimum) { return (int)ISO_CALL(SYS_fcntl, fd, F_DUPFD_CLOEXEC, minimum); }

int iso_pipe(int ends[2]) { return (int)ISO_CALL(SYS_pipe2, ends, O_CLOEXEC); }

int iso_pipe_keeping(int ends[2], int kept) {
    int result = iso_pipe(ends);
    if (result == 0) {
        ISO_CALL(SYS_fcntl, ends[kept], F_SETFL, O_NONBLOCK);
    }
    return result;
}

int iso_bytes_available(int fd) {
    int bytes = 0;
    long result = ISO_CALL(SYS_ioctl, fd, FIONREAD, &bytes);
    return result < 0 ? (int)result : bytes;
}

int iso_statx(int directory, const char *path, int flags, struct iso_identity *identity) {
    struct statx found = {0};
    long result = ISO_CALL(SYS_statx, directory, path, flags | AT_NO_AUTOMOUNT, STATX_BASIC_STATS | STATX_MNT_ID,
                           &found);
    if (result < 0) {
        return (int)result;
    }
    *identity = (struct iso_identity){
        .inode = found.stx_ino,
        .device_major = found.stx_dev_major,
        .device_minor = found.stx_dev_minor,
        .mode = found.stx_mode,
        .uid = found.stx_uid,
        .gid = found.stx_gid,
        .is_mount_root = (found.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0,
    };
    if (found.stx_mask & STATX_MNT_ID) {
        identity->mount = found.stx_mnt_id;
    }
    return 0;
}

int iso_getxattr(const char *path, const char *name, void *value, uint32_t size) {
    return (int)ISO_CALL(SYS_getxattr, path, name, value, (size_t)size);
}

int iso_fsetxattr(int fd, const char *name, const void *value, uint32_t size) {
    return (int)ISO_CALL(SYS_fsetxattr, fd, name, value, (size_t)size, 0);
}
