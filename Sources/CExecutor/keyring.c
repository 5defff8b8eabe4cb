// The session keyring is inherited like the environment, and holds what its owner has logged in with. See
// session-keyring(7).
#include "iso_executor.h"

#include <linux/keyctl.h>
#include <linux/time_types.h>

enum { ATTEMPTS = 200, PAUSE_NANOSECONDS = 10000000 };

int iso_new_keyring(void) {
    // Keyrings of those that have just ended count towards the user's quota until the kernel has collected them.
    long result = -EDQUOT;
    for (int i = 0; i < ATTEMPTS && result == -EDQUOT; i++) {
        result = ISO_CALL(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
        if (result == -EDQUOT) {
            struct __kernel_timespec pause = {.tv_nsec = PAUSE_NANOSECONDS};
            ISO_CALL(SYS_nanosleep, &pause, NULL);
        }
    }
    // A kernel without keys has none to give away; a filter that refuses keyctl refuses what is behind it too.
    return result == -ENOSYS || result == -EPERM ? 0 : result < 0 ? (int)result : 0;
}
