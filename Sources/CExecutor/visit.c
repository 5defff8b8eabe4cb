// A short visit to other namespaces. Going there and back by setns(2) would need the right to come back, which a child
// without rights over the namespace that it was born in does not have; so somebody else goes, with our memory and our table
// of descriptors.
#include "iso_executor.h"

#include <sched.h>
#include <sys/wait.h>

#include "iso_process.h"

enum { STACK_SIZE = 16384 };

struct visitor {
    int (*act)(void *);
    void *argument;
    int result;
};

static int go(void *argument) {
    struct visitor *visitor = argument;
    visitor->result = visitor->act(visitor->argument);
    return 0;
}

int iso_send_visitor(int (*act)(void *), void *argument) {
    // CLONE_VFORK: this process waits until the visitor is gone, so that they never use memory, or errno, at once. No
    // exit signal: nothing is left pending, and it need not be known whether SIGCHLD is ignored.
    unsigned char stack[STACK_SIZE] __attribute__((aligned(16)));
    struct visitor visitor = {act, argument, -ECANCELED};
    long pid = iso_thread(CLONE_VM | CLONE_VFORK | CLONE_FILES, stack + sizeof stack, go, &visitor);
    if (pid < 0) {
        return (int)pid;
    }
    long reaped;
    do {
        reaped = ISO_CALL(SYS_wait4, pid, NULL, __WALL, NULL);
    } while (reaped == -EINTR);
    return visitor.result;
}

struct visit {
    int namespace;
    int (*act)(void *);
    void *argument;
};

static int go_there(void *argument) {
    struct visit *visit = argument;
    int result =
        visit->namespace == ISO_NONE ? iso_unshare(CLONE_NEWNET) : iso_setns(visit->namespace, CLONE_NEWNET);
    return result < 0 ? result : visit->act(visit->argument);
}

int iso_visit_network(int namespace, int (*act)(void *), void *argument) {
    struct visit visit = {namespace, act, argument};
    return iso_send_visitor(go_there, &visit);
}
