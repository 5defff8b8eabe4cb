// What the executor's files share. All of it runs in podlab-init, without libc: no allocation, no locks, no stdio.
#ifndef ISO_EXECUTOR_H
#define ISO_EXECUTOR_H

#include "iso_call.h"
#include "iso_plan.h"

enum { ISO_PATH_MAX = 4096 };

// A network namespace that the plan works in: descriptors, or -errno.
struct iso_network {
    int route;     // rtnetlink socket; belongs to its namespace for good, whatever the child joins later
    int descriptor; // of the namespace
    int names;     // O_PATH descriptor of the folder that has its name, if the plan gave it one
};

struct iso_state {
    const struct iso_op *ops;
    uint32_t count;
    int socket;
    uint32_t index;     // of the operation at work
    uint32_t outer_uid; // as they were before the newest user namespace: what a single map maps
    uint32_t outer_gid;
    int32_t joined;   // 1: it is in namespaces of others, and nothing in /proc/self can be written any more
    int32_t stranger; // 1: it is in a user namespace of others, with the credentials that it had outside
    int registers[ISO_REGISTER_COUNT];
    int moved[ISO_DUPLICATE_MAX]; // sources of ISO_DUPLICATE, out of the way of its targets
    uint32_t duplicated;
    const struct iso_op *blame;   // the operation to report when one fails for another's sake; or NULL
    uint32_t about;               // see struct iso_report
    char detail[192];
    struct iso_network networks[ISO_NETWORK_MAX];
    int own_network;              // slot of the child's present network namespace, or ISO_NONE
};

// What operations do: 0 or -errno. One file per topic.
#define OPERAND(kind, name)
#define OPERATION(CODE, name, operands) int iso_do_##name(struct iso_state *, const struct iso_##name##_operands *);
#include "iso_operations.h"

// Walks the plan; returns only by ending the process.
_Noreturn void iso_execute(const struct iso_op *ops, uint32_t count, int socket);

// A child that shares our memory and begins in `function` on the stack that ends at `top`; it ends with what that
// returns. flags: CLONE_*. Its number, or -errno. See clone(2).
long iso_thread(unsigned long flags, void *top, int (*function)(void *), void *argument);

// Closes every descriptor from 3 on but those: ascending, each once (close.c).
int iso_close_others(const int32_t *kept, uint32_t count);
// Puts a number where it belongs among those that are kept; one that is there already stays.
uint32_t iso_insert(int32_t *kept, uint32_t count, int32_t fd);
enum { ISO_KEPT_MAX = 160 };

// A session keyring of its own, instead of that of whoever started podlab. See session-keyring(7).
int iso_new_keyring(void);

// Places (place.c).
int iso_register(struct iso_state *state, int fd);        // a descriptor, seen through the registers; -1 if none
int iso_keep(struct iso_state *state, int32_t result, int fd); // the register `result` := fd
// A descriptor of a place for `flags`; *own says whether the caller must close it.
int iso_open_place(struct iso_state *state, const struct iso_place *place, int flags, int *own);
// The directory that holds the place, and the last component of its path (in `name`, ISO_PATH_MAX bytes).
int iso_parent(const struct iso_place *place, char *name, int *own);
int iso_in_root(const char *root, const char *path, int flags, uint32_t mode);
void iso_drop(int fd, int own);
// Whether an operation may mount on what was found for its place: 0 or -errno, by the place's rule.
int iso_check_mount_point(struct iso_state *state, const struct iso_place *place, int target);
// The result of making the place in its directory; in the root's proc file system nothing is made, and then that is why.
int iso_explain(struct iso_state *state, const struct iso_place *place, int parent, int result);
const char *iso_proc_path(char *buffer, int fd); // /proc/self/fd/N in a buffer of 32 bytes
char *iso_append(char *end, const char *limit, const char *text); // NULL when it does not fit

// Somebody else, with our memory and our table of descriptors, acts and is gone; meanwhile this process stands still (visit.c).
int iso_send_visitor(int (*act)(void *), void *argument);

// A detached copy of the mount at `source`, with attributes set on it (do_mount.c).
int iso_copy_tree(int source, uint32_t recursive, uint64_t attributes);

// The beginning of a report about the operation at work.
struct iso_report iso_report_now(const struct iso_state *state, uint32_t kind);

// Waits for one byte from the parent, whose end being closed means that it has given up: 0 or -errno.
int iso_wait_for_answer(struct iso_state *state);

// Acts while this process's files in /proc are its own: a change of credentials has made it undumpable, and them the host
// root's. Not once it has joined namespaces of others: -EPERM. See proc(5).
int iso_with_own_files(struct iso_state *state, const void *operands, int (*act)(struct iso_state *, const void *));

// Network namespaces and netlink (do_network.c, visit.c).
int iso_send_messages(struct iso_state *state, const struct iso_messages *messages);
void iso_undo_network_name(struct iso_state *state, const struct iso_undo_network_name_operands *operands);
// Runs `act` in a network namespace and returns what it returns; the caller stays where it is. namespace: a descriptor,
// or ISO_NONE for a new namespace. Descriptors that `act` opens are the caller's.
int iso_visit_network(int namespace, int (*act)(void *), void *argument);

#endif
