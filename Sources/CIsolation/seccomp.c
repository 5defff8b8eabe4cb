// The witness: the supervisor's side of seccomp user notification.
#include "iso_call.h"

#include <linux/seccomp.h>
#include <string.h>
#include <sys/ioctl.h>

#include "iso_seccomp.h"

#ifndef SECCOMP_USER_NOTIF_FLAG_CONTINUE
#define SECCOMP_USER_NOTIF_FLAG_CONTINUE (1UL << 0)
#endif

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
