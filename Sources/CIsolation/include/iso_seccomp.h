// The supervisor's side of seccomp user notification. See seccomp_unotify(2).
#ifndef ISO_SECCOMP_H
#define ISO_SECCOMP_H

#include <stdint.h>

// One suspended system call of a watched process.
struct iso_notice {
    uint64_t id;           // cookie for the answer and for iso_notice_is_valid
    uint64_t arguments[6];
    uint64_t instruction;
    uint32_t pid;          // in the pid namespace of the listener's reader; 0 if not visible there
    uint32_t architecture; // AUDIT_ARCH_*
    int32_t call;          // system call number
};
// Blocks until a watched process makes a call; poll the listener for POLLIN first (POLLHUP: nobody is watched any
// more). ENOENT: the caller was killed meanwhile; simply receive again.
int iso_notice_receive(int listener, struct iso_notice *notice);
// Lets the call go on as if nothing had been watching (SECCOMP_USER_NOTIF_FLAG_CONTINUE).
int iso_notice_continue(int listener, uint64_t id);
// Ends the call with -error (0: success with `value`) without its being made.
int iso_notice_answer(int listener, uint64_t id, int64_t value, int error);
// 0 while the process is still suspended in that call, so that what was read from its /proc is really its own.
int iso_notice_is_valid(int listener, uint64_t id);

// The system call's name if it is one of those that the witness filter notifies; NULL otherwise.
const char *iso_witnessed_call(int call);

#endif
