// Private: what the executor's files share. All of it runs in the child: no allocation, no locks, no stdio.
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
    const struct iso_plan *plan;
    int socket;
    uint32_t index;     // of the operation at work
    uint32_t outer_uid; // as they were before the newest user namespace: what a single map maps
    uint32_t outer_gid;
    int registers[ISO_REGISTER_COUNT];
    int moved[ISO_DUPLICATE_MAX]; // sources of ISO_DUPLICATE, out of the way of its targets
    uint32_t duplicated;
    const struct iso_op *blame;   // the operation to report when one fails for another's sake; or NULL
    uint32_t is_object;           // see struct iso_report
    char detail[192];
    struct iso_network networks[ISO_NETWORK_MAX];
    int own_network;              // slot of the child's present network namespace, or ISO_NONE
};

typedef int (*iso_action)(struct iso_state *, const struct iso_op *); // 0 or -errno

// Walks the plan; returns only by ending the process.
_Noreturn void iso_execute(const struct iso_plan *plan, int socket, uint32_t uid, uint32_t gid);

// Places (place.c).
int iso_register(struct iso_state *state, int fd);        // a descriptor, seen through the registers; -1 if none
int iso_keep(struct iso_state *state, const struct iso_op *op, int fd); // result := fd
// A descriptor of a place for `flags`; *own says whether the caller must close it.
int iso_place(struct iso_state *state, const struct iso_op *op, int flags, int *own);
int iso_source(struct iso_state *state, const struct iso_op *op, int flags, int *own);
// The directory that holds the place, and the last component of its path (in `name`, ISO_PATH_MAX bytes).
int iso_parent(struct iso_state *state, const struct iso_op *op, char *name, int *own);
int iso_in_root(const char *root, const char *path, int flags, uint32_t mode);
void iso_drop(int fd, int own);
const char *iso_proc_path(char *buffer, int fd); // /proc/self/fd/N in a buffer of 32 bytes
char *iso_append(char *end, const char *limit, const char *text); // NULL when it does not fit

// A detached copy of the mount at `source`; op->mode 1: recursive; op->flags: attributes to set on it (do_mount.c).
int iso_copy_tree(int source, const struct iso_op *op);

// Actions, one file per topic.
int iso_do_join(struct iso_state *, const struct iso_op *);
int iso_do_unshare(struct iso_state *, const struct iso_op *);
int iso_do_map_self(struct iso_state *, const struct iso_op *);
int iso_do_map_by_parent(struct iso_state *, const struct iso_op *);
int iso_do_credentials(struct iso_state *, const struct iso_op *);
int iso_do_fork(struct iso_state *, const struct iso_op *);
int iso_do_bounding_set(struct iso_state *, const struct iso_op *);
int iso_do_capabilities(struct iso_state *, const struct iso_op *);
int iso_do_no_new_privileges(struct iso_state *, const struct iso_op *);
int iso_do_resource_limit(struct iso_state *, const struct iso_op *);
int iso_do_file_mode_mask(struct iso_state *, const struct iso_op *);
int iso_do_oom_score(struct iso_state *, const struct iso_op *);
int iso_do_new_session(struct iso_state *, const struct iso_op *);
int iso_do_controlling_terminal(struct iso_state *, const struct iso_op *);
int iso_do_name(struct iso_state *, const struct iso_op *);
int iso_do_witness_signals(struct iso_state *, const struct iso_op *);
int iso_do_hostname(struct iso_state *, const struct iso_op *);
int iso_do_loopback_up(struct iso_state *, const struct iso_op *);
int iso_do_join_cgroup(struct iso_state *, const struct iso_op *);

int iso_do_open_tree(struct iso_state *, const struct iso_op *);
int iso_do_open_executable(struct iso_state *, const struct iso_op *);
int iso_do_mount(struct iso_state *, const struct iso_op *);
int iso_do_bind(struct iso_state *, const struct iso_op *);
int iso_do_move_tree(struct iso_state *, const struct iso_op *);
int iso_do_mount_attributes(struct iso_state *, const struct iso_op *);
int iso_do_propagation(struct iso_state *, const struct iso_op *);
int iso_do_unmount(struct iso_state *, const struct iso_op *);
int iso_do_pivot_root(struct iso_state *, const struct iso_op *);
int iso_do_change_root(struct iso_state *, const struct iso_op *);
int iso_do_change_directory(struct iso_state *, const struct iso_op *);

int iso_do_open(struct iso_state *, const struct iso_op *);
int iso_do_make_directory(struct iso_state *, const struct iso_op *);
int iso_do_make_file(struct iso_state *, const struct iso_op *);
int iso_do_write_file(struct iso_state *, const struct iso_op *);
int iso_do_make_link(struct iso_state *, const struct iso_op *);
int iso_do_set_mode(struct iso_state *, const struct iso_op *);
int iso_do_open_for_appending(struct iso_state *, const struct iso_op *);

// Network namespaces and netlink (do_network.c, visit.c).
int iso_do_network_open(struct iso_state *, const struct iso_op *);
int iso_do_network_name(struct iso_state *, const struct iso_op *);
int iso_do_network_unname(struct iso_state *, const struct iso_op *);
int iso_do_network_setting(struct iso_state *, const struct iso_op *);
int iso_do_netlink(struct iso_state *, const struct iso_op *);
void iso_undo_network_name(struct iso_state *, const struct iso_op *);
// Runs `act` in a network namespace and returns what it returns; the caller stays where it is. namespace: a descriptor,
// or ISO_NONE for a new namespace. Descriptors that `act` opens are the caller's.
int iso_visit_network(int namespace, int (*act)(void *), void *argument);

int iso_do_move_descriptors(struct iso_state *, const struct iso_op *);
int iso_do_duplicate(struct iso_state *, const struct iso_op *);
int iso_do_reset_signals(struct iso_state *, const struct iso_op *);
int iso_do_death_signal(struct iso_state *, const struct iso_op *);
int iso_do_execute(struct iso_state *, const struct iso_op *);
int iso_do_finish(struct iso_state *, const struct iso_op *);

#endif
