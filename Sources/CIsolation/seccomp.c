// The witness: a seccomp filter that tells a supervisor of every call which sends a signal, and the supervisor's side.
#include "iso_call.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>

#include "iso_seccomp.h"
#include "iso_witness.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif
#ifndef SECCOMP_USER_NOTIF_FLAG_CONTINUE
#define SECCOMP_USER_NOTIF_FLAG_CONTINUE (1UL << 0)
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

int iso_notice_receive(int listener, struct iso_notice *notice) {
    // The kernel demands zeroed memory, and may know a longer structure than these headers.
    union {
        struct seccomp_notif notification;
        char room[256];
    } received;
    long result;
    do {
        memset(&received, 0, sizeof received);
        result = ISO_CALL(SYS_ioctl, listener, SECCOMP_IOCTL_NOTIF_RECV, &received.notification);
    } while (result == -EINTR);
    if (result < 0) {
        return (int)result;
    }
    notice->id = received.notification.id;
    notice->pid = received.notification.pid;
    notice->architecture = received.notification.data.arch;
    notice->call = received.notification.data.nr;
    notice->instruction = received.notification.data.instruction_pointer;
    for (int i = 0; i < 6; i++) {
        notice->arguments[i] = received.notification.data.args[i];
    }
    return 0;
}

static int respond(int listener, struct seccomp_notif_resp *response) {
    long result;
    do {
        result = ISO_CALL(SYS_ioctl, listener, SECCOMP_IOCTL_NOTIF_SEND, response);
    } while (result == -EINTR);
    return (int)result;
}

int iso_notice_continue(int listener, uint64_t id) {
    struct seccomp_notif_resp response = {.id = id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    return respond(listener, &response);
}

int iso_notice_answer(int listener, uint64_t id, int64_t value, int error) {
    struct seccomp_notif_resp response = {.id = id, .val = error == 0 ? value : 0, .error = -error};
    return respond(listener, &response);
}

int iso_notice_is_valid(int listener, uint64_t id) {
    long result = ISO_CALL(SYS_ioctl, listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id);
#ifdef SECCOMP_IOCTL_NOTIF_ID_VALID_WRONG_DIR
    if (result == -EINVAL || result == -ENOTTY) {
        // Before Linux 5.17 the request had the wrong direction bits.
        result = ISO_CALL(SYS_ioctl, listener, SECCOMP_IOCTL_NOTIF_ID_VALID_WRONG_DIR, &id);
    }
#endif
    return (int)result;
}

const char *iso_witnessed_call(int call) {
    switch (call) {
    case SYS_kill: return "kill";
    case SYS_tkill: return "tkill";
    case SYS_tgkill: return "tgkill";
    case SYS_rt_sigqueueinfo: return "rt_sigqueueinfo";
    case SYS_rt_tgsigqueueinfo: return "rt_tgsigqueueinfo";
    case SYS_pidfd_send_signal: return "pidfd_send_signal";
    default: return NULL;
    }
}
