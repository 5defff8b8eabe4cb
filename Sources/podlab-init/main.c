// podlab-init: all that podlab brings into a sandbox. It walks plans, guards playgrounds, and is PID 1, decoys and other
// small processes in them. It has no C library, and knows nothing of labs.
//
//   podlab-init plan SOCKET FILE   walks the plan in the file in memory FILE and reports on SOCKET, both descriptors
//   PODLAB_ROLE=…                  see roles.c
#include "roles.h"

#include "../CBare/include/bare.h"
#include "iso_executor.h"
#include "iso_plan.h"

#include <string.h>

enum { WRONG_USAGE = 64, LARGEST = 1 << 20 };

int number(const char *text) {
    int value = 0;
    if (text == NULL || *text == '\0') {
        return -1;
    }
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || value > LARGEST) {
            return -1;
        }
        value = value * 10 + (*text - '0');
    }
    return value;
}

_Noreturn void leave(int status) {
    for (;;) {
        ISO_CALL(SYS_exit_group, status);
    }
}

_Noreturn static void walk(const char *socket, const char *file) {
    uint32_t count = 0;
    int reports = number(socket), plan = number(file);
    const struct iso_op *ops = reports < 0 || plan < 0 ? NULL : iso_unpack(plan, &count);
    if (ops == NULL) {
        leave(WRONG_USAGE);
    }
    ISO_CALL(SYS_close, plan);
    iso_execute(ops, count, reports);
}

_Noreturn void bare_main(const unsigned long *stack) {
    int count = (int)stack[0];
    char **arguments = (char **)(stack + 1);
    char **environment = arguments + count + 1;
    if (count == 4 && strcmp(arguments[1], "plan") == 0) {
        walk(arguments[2], arguments[3]);
    }
    take_role(count > 0 ? arguments[0] : "", environment);
    const char help[] = "podlab-init is started by podlab; it is not for typing.\n";
    ISO_CALL(SYS_write, 2, help, sizeof help - 1);
    leave(WRONG_USAGE);
}
