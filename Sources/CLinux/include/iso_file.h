// Paths and descriptors.
#ifndef ISO_FILE_H
#define ISO_FILE_H

#include <stdint.h>

enum {
    ISO_RESOLVE_NO_XDEV = 0x01,
    ISO_RESOLVE_NO_MAGICLINKS = 0x02,
    ISO_RESOLVE_NO_SYMLINKS = 0x04,
    ISO_RESOLVE_BENEATH = 0x08,
    ISO_RESOLVE_IN_ROOT = 0x10,
};

// O_PATH, which headers hide from Swift.
enum { ISO_OPEN_PATH = 010000000 };

// openat2(2): glibc has no wrapper before 2.41. Retries EAGAIN, which the kernel returns when a rename raced with
// a ".." inside the root. O_CLOEXEC is always added.
int iso_openat2(int directory, const char *path, uint64_t flags, uint32_t mode, uint64_t resolve);

// open(2), openat(2) without variadic arguments. O_CLOEXEC is always added.
int iso_openat(int directory, const char *path, int flags, uint32_t mode);

// close_range(2): absent before glibc 2.34. flags: ISO_CLOSE_RANGE_CLOEXEC marks instead of closing.
enum { ISO_CLOSE_RANGE_UNSHARE = 2, ISO_CLOSE_RANGE_CLOEXEC = 4 };
int iso_close_range(uint32_t first, uint32_t last, uint32_t flags);

// fcntl(F_DUPFD_CLOEXEC): fcntl is variadic. The copy's number is at least `minimum`.
int iso_duplicate_above(int fd, int minimum);

// pipe2(2) with O_CLOEXEC: Swift's Glibc module hides it.
int iso_pipe(int ends[2]);
// A pipe whose other end somebody else gets. The end that is kept, 0 or 1, does not block: who has the other one, and may open the pipe
// anew through /proc/PID/fd, can take bytes between our poll(2), which has announced them, and our read(2).
int iso_pipe_keeping(int ends[2], int kept);

// ioctl(FIONREAD): bytes that a read would give at once.
int iso_bytes_available(int fd);

// What statx(2) says that stat cannot: which mount an object is on (STATX_MNT_ID, Linux 5.8).
struct iso_identity {
    uint64_t inode;
    uint64_t mount;        // mount id as in the first field of mountinfo; 0 if the kernel does not say
    uint32_t device_major;
    uint32_t device_minor;
    uint32_t mode;
    uint32_t uid;
    uint32_t gid;
    uint32_t is_mount_root; // 1 yes, 0 no or unknown
};
// flags: AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW. Never triggers an automount.
int iso_statx(int directory, const char *path, int flags, struct iso_identity *identity);

// getxattr(2): the length of the value, or -errno.
int iso_getxattr(const char *path, const char *name, void *value, uint32_t size);

// fsetxattr(2): 0, or -errno. Swift's Glibc module hides it.
int iso_fsetxattr(int fd, const char *name, const void *value, uint32_t size);

#endif
