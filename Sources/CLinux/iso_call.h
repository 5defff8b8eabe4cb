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

// errno is not touched where it can be helped: a child that shares our memory shares the variable too.
static inline long iso_call(long number, long a, long b, long c, long d, long e, long f) {
#if defined(__x86_64__)
    register long fourth __asm__("r10") = d, fifth __asm__("r8") = e, sixth __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth), "r"(sixth)
                     : "rcx", "r11", "memory");
    return result;
#elif defined(__aarch64__)
    register long which __asm__("x8") = number, first __asm__("x0") = a, second __asm__("x1") = b;
    register long third __asm__("x2") = c, fourth __asm__("x3") = d, fifth __asm__("x4") = e, sixth __asm__("x5") = f;
    __asm__ volatile("svc 0"
                     : "+r"(first)
                     : "r"(which), "r"(second), "r"(third), "r"(fourth), "r"(fifth), "r"(sixth)
                     : "memory");
    return first;
#else
    long result = syscall(number, a, b, c, d, e, f);
    return result < 0 ? -(long)errno : result;
#endif
}

// ISO_CALL(number, up to six arguments): the result, or -errno.
#define ISO_CALL_WITH(number, a, b, c, d, e, f, ...)                                                                  \
    iso_call((number), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define ISO_CALL(number, ...) ISO_CALL_WITH(number, __VA_ARGS__ __VA_OPT__(, ) 0, 0, 0, 0, 0, 0, 0)

// A local that owns a descriptor: closed on every way out, unless it is given away. -errno in it is nothing to close.
static inline void iso_close_owned(const int *fd) {
    if (*fd >= 0) {
        ISO_CALL(SYS_close, *fd);
    }
}
static inline int iso_give(int *fd) {
    int given = *fd;
    *fd = -1;
    return given;
}
#define ISO_OWNED __attribute__((cleanup(iso_close_owned)))

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
