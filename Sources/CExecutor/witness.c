// The witness: a seccomp filter that tells a supervisor of every call which sends a signal. The supervisor's side is in
// CIsolation (seccomp.c).
#include "iso_call.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>

#include "iso_witness.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

#if defined(__x86_64__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "name this architecture's AUDIT_ARCH here"
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, action)
// Jump to the notification, which stands `distance` instructions further, if the call is this one.
#define NOTIFY_IF(call, distance) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, distance, 0)

int iso_witness_install(void) {
    // Calls of another architecture (i386, x32) have other numbers: they are let through unseen, never refused. This
    // filter observes; it does not confine.
    struct sock_filter code[] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCHITECTURE, 0, 7),
        LOAD(nr),
        NOTIFY_IF(kill, 6),
        NOTIFY_IF(tgkill, 5),
        NOTIFY_IF(tkill, 4),
        NOTIFY_IF(rt_sigqueueinfo, 3),
        NOTIFY_IF(rt_tgsigqueueinfo, 2),
        NOTIFY_IF(pidfd_send_signal, 1),
        RETURN(SECCOMP_RET_ALLOW),
        RETURN(SECCOMP_RET_USER_NOTIF),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof code[0], .filter = code};
    // Without WAIT_KILLABLE_RECV (Linux 5.19) a signal to the suspended sender makes it start its call again.
    long listener = ISO_CALL(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                             SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &program);
    if (listener == -EINVAL) {
        listener = ISO_CALL(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    }
    return (int)listener;
}
