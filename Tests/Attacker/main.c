// attacker: what a learner's root may try from inside, for the tests. Not installed.
//
//   attacker watch MARK     looks at every process that appears and prints what it gets hold of, a line each, until it is
//                           ended; "ready" first. MARK: a text that only podlab's memory, environment or paths have
//   attacker slay           kills every process that comes from outside as soon as it sees it; "ready" first
//   attacker siblings       makes its parent two more children, one that ends at once and one that stays; prints "made" and ends
//   attacker thief          takes back what it writes to its standard error before it is read, then stays
//   attacker takeover       takes PID 1 over: no death signal, no control socket, stopped; prints "taken" and stays
//   attacker key NAME       whether the session keyring leads to a key of that name
//   attacker keyed NAME PROGRAM ARGUMENT…   executes a program with a session keyring in which there is such a key
//   attacker calls          the errno of each call that a playground refuses, by both kinds of numbers
#include "attacker.h"

#include <string.h>

void bare_main(const unsigned long *stack) {
    long count = (long)stack[0];
    char **arguments = (char **)(stack + 1);
    const char *verb = count > 1 ? arguments[1] : "";
    char *object = count > 2 ? arguments[2] : "";
    if (strcmp(verb, "watch") == 0 && *object != '\0') {
        watch(object);
    } else if (strcmp(verb, "slay") == 0) {
        slay();
    } else if (strcmp(verb, "siblings") == 0) {
        make_siblings();
    } else if (strcmp(verb, "thief") == 0) {
        steal_announced();
    } else if (strcmp(verb, "takeover") == 0) {
        take_over();
    } else if (strcmp(verb, "key") == 0 && *object != '\0') {
        find_key(object);
    } else if (strcmp(verb, "keyed") == 0 && count > 3) {
        execute_with_key(object, arguments + 3, arguments + count + 1);
    } else if (strcmp(verb, "calls") == 0) {
        try_calls();
    }
    end(64);
}
