// The session keyring, which is inherited as the environment is. See session-keyring(7).
#include "attacker.h"

#include <linux/keyctl.h>

void find_key(const char *name) {
    long key = CALL(__NR_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", name, 0);
    say(key >= 0 ? "found\n" : "not found: ");
    if (key < 0) {
        say_number(key);
        say("\n");
    }
    end(0);
}

void execute_with_key(const char *name, char **arguments, char **environment) {
    long keyring = CALL(__NR_keyctl, KEYCTL_JOIN_SESSION_KEYRING, 0);
    long key = CALL(__NR_add_key, "user", name, "x", 1, KEY_SPEC_SESSION_KEYRING);
    if (keyring < 0 || key < 0) {
        say("no key can be had here\n");
        end(3);
    }
    CALL(__NR_execve, arguments[0], arguments, environment);
    end(127);
}
