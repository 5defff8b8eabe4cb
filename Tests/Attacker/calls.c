// Calls that a playground refuses: what they answer, by the native numbers and by those of 32-bit programs.
#include "attacker.h"

#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/mount.h>
#include <string.h>

struct attempt {
    const char *name;
    long native;
    long elder; // 0: none
    long a, b, c;
};

#if defined(__x86_64__)
static long elder_call(long number, long a, long b, long c) {
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory", "r8", "r9", "r10", "r11");
    return (int)result;
}
enum { ADD_KEY = 286, KEYCTL = 288, BPF = 357, PERF = 336, FAULTS = 374, HANDLES = 342, SOCKET = 359, SOCKETCALL = 102 };
#else
static long elder_call(long number, long a, long b, long c) {
    (void)number, (void)a, (void)b, (void)c;
    return -38;
}
enum { ADD_KEY, KEYCTL, BPF, PERF, FAULTS, HANDLES, SOCKET, SOCKETCALL };
#endif

static void report(const char *kind, const char *name, long result) {
    say(kind);
    say(" ");
    say(name);
    say(" ");
    say_number(result);
    say("\n");
}

void try_calls(void) {
    static const struct attempt attempts[] = {
        {"add_key", __NR_add_key, ADD_KEY, 0, 0, 0},
        {"keyctl", __NR_keyctl, KEYCTL, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0},
        {"bpf", __NR_bpf, BPF, 0, 0, 0},
        {"perf_event_open", __NR_perf_event_open, PERF, 0, 0, 0},
        {"io_uring_setup", 425, 425, 1, 0, 0},
        {"userfaultfd", __NR_userfaultfd, FAULTS, 1, 0, 0},
        {"open_by_handle_at", __NR_open_by_handle_at, HANDLES, 0, 0, 0},
        {"socket-vsock", __NR_socket, SOCKET, 40, 1, 0},
        {"socket-alg", __NR_socket, SOCKET, 38, 5, 0},
        {"socketcall", 0, SOCKETCALL, 1, 0, 0},
        {"socket-unix", __NR_socket, SOCKET, 1, 1, 0},
        {"socket-packet", __NR_socket, SOCKET, 17, 3, 0},
    };
    for (unsigned long i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        const struct attempt *attempt = &attempts[i];
        if (attempt->native != 0) {
            report("native", attempt->name, CALL(attempt->native, attempt->a, attempt->b, attempt->c));
        }
        report("elder", attempt->name, elder_call(attempt->elder, attempt->a, attempt->b, attempt->c));
    }
    report("x32", "getpid", CALL(__NR_getpid | 0x40000000));
    end(0);
}

// As long as a program runs nobody can write it; so its file is held, and the mount under it made writable.
void write_executable(const char *pid) {
    char path[64] = "/proc/";
    char *to = path + 6;
    for (const char *from = pid; *from != '\0' && to < path + 40;) *to++ = *from++;
    memcpy(to, "/exe", 5);
    long held = CALL(__NR_openat, AT_FDCWD, path, 010000000 /* O_PATH */);
    struct mount_attr writable = {.attr_clr = MOUNT_ATTR_RDONLY};
    report("exe", "open", held);
    report("exe", "mount_setattr", CALL(__NR_mount_setattr, held, "", 0x1000 /* AT_EMPTY_PATH */, &writable, sizeof writable));
    char own[32] = "/proc/self/fd/0";
    own[14] = (char)('0' + held);
    CALL(__NR_fchmodat, AT_FDCWD, own, 0777);
    // Until PID has ended the answer is ETXTBSY (-26).
    long written = -26;
    while (written == -26) {
        written = CALL(__NR_openat, AT_FDCWD, own, O_RDWR);
        if (written == -26) {
            CALL(__NR_sched_yield);
        }
    }
    report("exe", "open-for-writing", written);
    if (written >= 0) {
        report("exe", "write", CALL(__NR_write, written, "#!/bin/sh\n", 10));
    }
    end(0);
}
