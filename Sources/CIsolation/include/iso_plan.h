// A lowered plan: one flat array of operations that the executor walks in a process of its own.
//
// The executor is the program podlab-init, started for each plan: it has neither the memory nor the descriptors nor the
// environment of whoever started it, but the plan (a file in memory, see pack.c) and the descriptors that the plan names.
// Everything that an operation points to is in the plan; the executor allocates nothing.
#ifndef ISO_PLAN_H
#define ISO_PLAN_H

#include "iso_operation.h"

struct iso_plan {
    const struct iso_op *ops;
    uint32_t count;
    // 1: clone from a thread that never ends. PR_SET_PDEATHSIG means the *thread* that made the child; the threads
    // of a pool come and go.
    int32_t lasting_thread;
    int32_t program;         // the executor, to be executed by descriptor
    int32_t streams[3];      // become 0, 1 and 2; ISO_NONE: as they are here
    const int32_t *named;    // descriptors that operations name, ascending, each once: no other one is handed on
    uint32_t named_count;
};

struct iso_started {
    int32_t pid;
    int32_t pidfd;
    int32_t socket; // this end of the report socket
};

// Starts the executor and returns; reports follow on the socket. The caller's signal mask is the same before and after.
int iso_start(const struct iso_plan *plan, struct iso_started *started);

enum iso_report_kind {
    ISO_FAILED = 1,  // the child has ended, or is about to
    ISO_WANTS_MAP,   // answer with iso_answer when uid_map and gid_map are written
    ISO_FORKED,      // descriptor: pidfd of the process that goes on; reap the old one, then iso_answer
    ISO_LISTENER,    // descriptor: seccomp listener
    ISO_SAID,        // `detail` is what was read
    ISO_EXECUTING,   // all steps are done; what follows is the program, or an ISO_FAILED that says why not
    ISO_LEFT,        // descriptor: pidfd of an orphan that is left behind
    ISO_GUARDED,     // descriptor: pidfd of the process that goes on, which is the guard's child: only answer
};
struct iso_report {
    uint32_t kind;
    uint32_t code; // enum iso_code
    int32_t step;
    int32_t error; // errno
    uint32_t about; // enum iso_detail: what `detail` is
    char detail[192];
};
enum iso_detail {
    ISO_DETAIL_KERNEL,  // what the kernel said about a failed mount or netlink message, or empty
    ISO_DETAIL_OBJECT,  // what could not be found
    ISO_DETAIL_REFUSAL, // the word for why a place was refused: proc, inside, root, link
};
// 1: a report; *fd is its descriptor or -1. 0: end of file: after ISO_EXECUTING the program has been executed, else the
// child was killed.
int iso_receive_report(int socket, struct iso_report *report, int *fd);
int iso_answer(int socket);

// The plan's operations with all that they point to, as a file in memory: its descriptor, or -errno. Where a pointer
// was there is a distance from the file's beginning.
int iso_pack(const struct iso_plan *plan);
// The file again, in this process's memory. *count operations, with pointers; NULL: it is none, or damaged.
const struct iso_op *iso_unpack(int fd, uint32_t *count);

#endif
