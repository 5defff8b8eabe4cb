// What the kernel does not do for a playground: calls that no lab needs, refused by a seccomp filter.
//
// A playground's root has every capability in its user namespace, and with that reaches much of the kernel. What is
// refused here has no place in a lesson, and had more than its share of faults. The refusal is ENOSYS, as on a kernel
// that was built without the call, so that programs take the way that they have for that. See seccomp(2).
#include "iso_executor.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>

// Numbers by architecture: the native one, and its 32-bit elder, which a process may use at any moment.
struct refused {
    uint32_t group; // enum iso_call_group
    int native;
    int elder;
};

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#define ELDER AUDIT_ARCH_I386
#define ELDER_PRCTL 172
#define ELDER_SOCKET 359
#define ELDER_SOCKETPAIR 360
#define ELDER_SOCKETCALL 102
#define ELDER_SETSOCKOPT 366
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#define ELDER AUDIT_ARCH_ARM
#define ELDER_PRCTL 172
#define ELDER_SOCKET 281
#define ELDER_SOCKETPAIR 288
#define ELDER_SOCKETCALL 102
#define ELDER_SETSOCKOPT 294
#endif

enum { X32_BIT = 0x40000000, NONE = -1, PROGRAM_MAX = 160 };

static const struct refused table[] = {
#if defined(__x86_64__)
    {ISO_CALLS_KEYS, SYS_add_key, 286},
    {ISO_CALLS_KEYS, SYS_request_key, 287},
    {ISO_CALLS_KEYS, SYS_keyctl, 288},
    {ISO_CALLS_BPF, SYS_bpf, 357},
    {ISO_CALLS_PERF, SYS_perf_event_open, 336},
    {ISO_CALLS_FAULTS, SYS_userfaultfd, 374},
    {ISO_CALLS_HANDLES, SYS_open_by_handle_at, 342},
    {ISO_CALLS_MACHINE, SYS_kexec_load, 283},
    {ISO_CALLS_MACHINE, SYS_init_module, 128},
    {ISO_CALLS_MACHINE, SYS_finit_module, 350},
    {ISO_CALLS_MACHINE, SYS_delete_module, 129},
    {ISO_CALLS_MACHINE, SYS_reboot, 88},
    {ISO_CALLS_MACHINE, SYS_kexec_file_load, NONE},
#else
    {ISO_CALLS_KEYS, SYS_add_key, 309},
    {ISO_CALLS_KEYS, SYS_request_key, 310},
    {ISO_CALLS_KEYS, SYS_keyctl, 311},
    {ISO_CALLS_BPF, SYS_bpf, 386},
    {ISO_CALLS_PERF, SYS_perf_event_open, 364},
    {ISO_CALLS_FAULTS, SYS_userfaultfd, 388},
    {ISO_CALLS_HANDLES, SYS_open_by_handle_at, 371},
    {ISO_CALLS_MACHINE, SYS_kexec_load, 347},
    {ISO_CALLS_MACHINE, SYS_init_module, 128},
    {ISO_CALLS_MACHINE, SYS_finit_module, 379},
    {ISO_CALLS_MACHINE, SYS_delete_module, 129},
    {ISO_CALLS_MACHINE, SYS_reboot, 88},
    {ISO_CALLS_MACHINE, 294 /* kexec_file_load */, 401},
#endif
    {ISO_CALLS_RINGS, 425 /* io_uring_setup */, 425},
    {ISO_CALLS_RINGS, 426 /* io_uring_enter */, 426},
    {ISO_CALLS_RINGS, 427 /* io_uring_register */, 427},
};

// Families of sockets that a lesson speaks of.
static const int families[] = {AF_UNSPEC, AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET};

#define LOAD(field) (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(action) (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, action)
#define EQUAL(value, yes, no) (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), yes, no)
#define FAIL(errno_) (SECCOMP_RET_ERRNO | ((uint32_t)(errno_) & SECCOMP_RET_DATA))

// A call if it is this one: what follows, `length` instructions, else past them.
static uint32_t refuse(struct sock_filter *code, uint32_t at, int call, int error) {
    if (call != NONE) {
        code[at++] = EQUAL(call, 0, 1);
        code[at++] = RETURN(FAIL(error));
    }
    return at;
}

// A call with this first argument, an int, if it is that one. The number of the call is no longer at hand afterwards.
static uint32_t refuse_option(struct sock_filter *code, uint32_t at, int call, int option, int error) {
    code[at++] = EQUAL(call, 0, 3);
    code[at++] = LOAD(args[0]);
    code[at++] = EQUAL(option, 0, 1);
    code[at++] = RETURN(FAIL(error));
    return at;
}

// Of a call whose first argument is a family: only those that are named. The rest of the filter is not come to.
static uint32_t allow_families(struct sock_filter *code, uint32_t at, int call) {
    enum { COUNT = sizeof families / sizeof families[0] };
    code[at++] = EQUAL(call, 0, COUNT + 3);
    code[at++] = LOAD(args[0]);
    for (uint32_t i = 0; i < COUNT; i++) {
        code[at++] = EQUAL(families[i], (uint8_t)(COUNT - i), 0);
    }
    code[at++] = RETURN(FAIL(EAFNOSUPPORT));
    code[at++] = RETURN(SECCOMP_RET_ALLOW);
    return at;
}

// A ring for packets to send (PACKET_TX_RING): whoever sends from one waits with it locked for as long as a queue of the sender's own
// making holds the packets back, and an mmap(2) of it waits for that with the memory of the whole process locked. Who reads anything of
// such a process, and whoever wants a lock that it takes by the way (a folder's, a pipe's, that of all network links), then waits
// where no signal reaches it.
static uint32_t refuse_ring(struct sock_filter *code, uint32_t at, int call) {
    code[at++] = EQUAL(call, 0, 6);
    code[at++] = LOAD(args[1]);
    code[at++] = EQUAL(263 /* SOL_PACKET */, 0, 3);
    code[at++] = LOAD(args[2]);
    code[at++] = EQUAL(13 /* PACKET_TX_RING */, 0, 1);
    code[at++] = RETURN(FAIL(ENOPROTOOPT));
    code[at++] = RETURN(SECCOMP_RET_ALLOW);
    return at;
}

static uint32_t calls_of(struct sock_filter *code, uint32_t at, int is_elder, uint64_t allowed) {
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (!(allowed >> table[i].group & 1)) {
            at = refuse(code, at, is_elder ? table[i].elder : table[i].native, ENOSYS);
        }
    }
    if (!(allowed >> ISO_CALLS_FAMILIES & 1)) {
        at = allow_families(code, at, is_elder ? ELDER_SOCKET : SYS_socket);
        at = allow_families(code, at, is_elder ? ELDER_SOCKETPAIR : SYS_socketpair);
    }
    if (is_elder) {
        // Its arguments are behind a pointer, which a filter cannot follow; Linux 4.3 has the calls one by one.
        at = refuse(code, at, ELDER_SOCKETCALL, ENOSYS);
    }
    at = refuse_ring(code, at, is_elder ? ELDER_SETSOCKOPT : SYS_setsockopt);
    // Whoever is root in a user namespace could make /proc/PID/exe tell of another program than the one that runs.
    at = refuse_option(code, at, is_elder ? ELDER_PRCTL : SYS_prctl, PR_SET_MM, ENOSYS);
    code[at++] = RETURN(SECCOMP_RET_ALLOW);
    return at;
}

int iso_do_refuse_calls(struct iso_state *state, const struct iso_refuse_calls_operands *operands) {
    (void)state;
    struct sock_filter code[PROGRAM_MAX];
    uint32_t at = 0;
    code[at++] = LOAD(arch);
    uint32_t to_elder = at++; // filled in below, when it is known how far it is
    code[at++] = LOAD(nr);
#if defined(__x86_64__)
    // x32 is the native architecture with a bit set: a second set of numbers for the same calls.
    code[at++] = (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, X32_BIT, 0, 1);
    code[at++] = RETURN(FAIL(ENOSYS));
#endif
    at = calls_of(code, at, 0, operands->allowed);
    code[to_elder] = EQUAL(NATIVE, 0, (uint8_t)(at - to_elder - 1));
    code[at++] = EQUAL(ELDER, 1, 0);
    code[at++] = RETURN(FAIL(ENOSYS)); // of no architecture that this filter knows
    code[at++] = LOAD(nr);
    at = calls_of(code, at, 1, operands->allowed);
    struct sock_fprog program = {.len = (unsigned short)at, .filter = code};
    return (int)ISO_CALL(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}
