// Private: the raw system call, with the error in its result.
//
// Nothing here may take a lock or allocate, because the executor runs in a copy of a process whose other threads
// (and whatever locks they held) are gone.
#ifndef ISO_CALL_H
#define ISO_CALL_H

#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline long iso_result(long value) { return value < 0 ? -(long)errno : value; }

#define ISO_CALL(number, ...) iso_result(syscall((number)__VA_OPT__(, ) __VA_ARGS__))

// Numbers younger than the headers that some distributions build with; the same on every architecture.
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

#endif
