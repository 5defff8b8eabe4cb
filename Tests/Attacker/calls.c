// Calls that a playground refuses: what they answer, by the native numbers and by those of 32-bit programs.
#include "attacker.h"

#include <linux/keyctl.h>

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
enum { ADD_KEY = 286, KEYCTL = 288, BPF = 357, PERF = 336, FAULTS = 374, HANDLES = 342, PRCTL = 172, SOCKET = 359, SOCKETCALL = 102, SETSOCKOPT = 366 };
#else
static long elder_call(long number, long a, long b, long c) {
    (void)number, (void)a, (void)b, (void)c;
    return -38;
}
enum { ADD_KEY, KEYCTL, BPF, PERF, FAULTS, HANDLES, PRCTL, SOCKET, SOCKETCALL, SETSOCKOPT };
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
        {"prctl-set_mm", __NR_prctl, PRCTL, 35, 14, 0},
        {"socket-vsock", __NR_socket, SOCKET, 40, 1, 0},
        {"socket-alg", __NR_socket, SOCKET, 38, 5, 0},
        {"socketcall", 0, SOCKETCALL, 1, 0, 0},
        {"packet-tx-ring", __NR_setsockopt, SETSOCKOPT, -1, 263 /* SOL_PACKET */, 13 /* PACKET_TX_RING */},
        {"packet-rx-ring", __NR_setsockopt, SETSOCKOPT, -1, 263, 5},
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
