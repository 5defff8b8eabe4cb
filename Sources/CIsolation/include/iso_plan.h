// A lowered plan: one flat array of operations that the executor walks in a process of its own.
//
// The executor is the program podlab-init, started for each plan: it has neither the memory nor the descriptors nor the
// environment of whoever started it, but the plan (a file in memory, see pack.c) and the descriptors that the plan names.
// Everything that an operation points to is in the plan; the executor allocates nothing.
#ifndef ISO_PLAN_H
#define ISO_PLAN_H

#include <stdint.h>

// What an operation does, and which fields of iso_op it reads. "place" is (fd) if fd is not ISO_NONE, else
// path inside root (root != NULL: resolved with RESOLVE_IN_ROOT), else path as the child sees it.
// "source" is (other) or (source inside source_root), likewise.
enum iso_code {
    ISO_JOIN = 1,          // place: a namespace file or a pidfd; flags: CLONE_NEW*
    ISO_UNSHARE,           // flags: CLONE_NEW*
    ISO_MAP_SELF,          // the single map, written by the child itself; value: uid inside; flags: gid inside
    ISO_MAP_BY_PARENT,     // report ISO_WANTS_MAP and wait for the answer
    ISO_CREDENTIALS,       // value: uid; flags: gid; numbers/count: groups; mode: enum iso_groups
    ISO_FORK,              // continue in a new process with the same parent; fd: a cgroup v2 to be born in
    ISO_GUARD,             // continue as PID 1 of a new pid namespace; the process itself stays as its guard. fd: a socket, at
                           // whose other end's closing the guard ends, and with it all
    ISO_SHUT,              // closes what is not needed any more: numbers/count: descriptors to keep, in ascending order; value:
                           // registers to keep, as bits
    ISO_OPEN,              // result := O_PATH descriptor of place; mode 1: directory only
    ISO_OPEN_TREE,         // result := detached copy of the mount at place; mode 1: recursive; flags: attributes
    ISO_LOCK_TREE,         // fd: a detached mount; path: a folder; flags: attributes; result := the same mount, whose attributes nobody
                           // in this user namespace can take off again
    ISO_MOUNT,             // source: type; list: key, value, …; place; flags: attributes
    ISO_BIND,              // source, place; mode 1: recursive; flags: attributes
    ISO_MOVE_TREE,         // other: detached mount; place
    ISO_MOUNT_ATTRIBUTES,  // place; flags: attributes to set; mode 1: recursive
    ISO_PROPAGATION,       // place; flags: ISO_PROPAGATION_*; mode 1: recursive
    ISO_UNMOUNT,           // place; flags: ISO_UMOUNT_*
    ISO_MAKE_DIRECTORY,    // place; mode; value 1: parents too, and an existing directory is fine
    ISO_MAKE_FILE,         // place; mode; an existing file is fine
    ISO_WRITE_FILE,        // place; source: bytes; count: how many; mode; value 1: append
    ISO_MAKE_LINK,         // place; source: what it points to
    ISO_SET_MODE,          // place; mode
    ISO_OPEN_FOR_APPENDING, // place, a regular file; closed again at once
    ISO_CHANGE_DIRECTORY,  // place
    ISO_CHANGE_ROOT,       // place
    ISO_PIVOT_ROOT,        // place
    ISO_HOSTNAME,          // source
    ISO_LOOPBACK_UP,
    // Network namespaces, each by a slot below ISO_NETWORK_MAX, which is in `value`. See do_network.c.
    ISO_NETWORK_OPEN,      // slot := the namespace at place, or the child's own if there is no place
    ISO_NETWORK_NAME,      // path: the folder of names; source: the name; slot := a new namespace, held by that name
    ISO_NETWORK_UNNAME,    // path: the name's file
    ISO_NETWORK_SETTING,   // path: a file below /proc/sys/net; source: text
    ISO_NETLINK,           // source: messages; count: bytes; patches; mode: NETLINK_*; other: number of the last
    // Nothing on the way; done when a later operation fails, last first. flags: 1 + index of the ISO_UNDO_NETLINK that
    // stands for this one where that has been passed, or 0.
    ISO_UNDO_NETLINK,      // as ISO_NETLINK
    ISO_UNDO_NETWORK_NAME, // path: the name's file; source: the name, which slot has
    ISO_JOIN_CGROUP,       // place: the cgroup's directory
    ISO_BOUNDING_SET,      // value: the set to keep
    ISO_CAPABILITIES,      // value: the set to keep; mode 1: also make them ambient
    ISO_NO_NEW_PRIVILEGES,
    ISO_RESOURCE_LIMIT,    // mode: RLIMIT_*; value: soft; flags: hard
    ISO_FILE_MODE_MASK,    // mode
    ISO_OOM_SCORE,         // source: decimal text
    ISO_NEW_SESSION,
    ISO_CONTROLLING_TERMINAL, // fd; a new session first
    ISO_NAME,              // source
    ISO_WITNESS_SIGNALS,
    ISO_READ_HOSTNAME,     // reports ISO_SAID with the host name of the uts namespace
    ISO_LEAVE_ORPHANS,     // count: children that end as soon as this process has; reports ISO_LEFT for each
    ISO_REFUSE_CALLS,      // value: groups of calls (enum iso_call_group) that are let through, as bits
    // The end of every plan, in this order.
    ISO_MOVE_DESCRIPTORS,  // value: first number that no ISO_DUPLICATE targets; looks ahead at those; closes all others
    ISO_DUPLICATE,         // fd becomes number mode
    ISO_RESET_SIGNALS,     // dispositions; the mask becomes empty
    ISO_DEATH_SIGNAL,      // mode: signal
    ISO_EXECUTE,           // fd, or each of paths in turn; list: arguments; more: environment
    ISO_FINISH,            // instead of all these: the child ends with status 0
    ISO_CODE_COUNT
};

// What ISO_REFUSE_CALLS refuses, group by group.
enum iso_call_group {
    ISO_CALLS_KEYS,     // add_key, request_key, keyctl
    ISO_CALLS_BPF,      // bpf
    ISO_CALLS_PERF,     // perf_event_open
    ISO_CALLS_RINGS,    // io_uring_*
    ISO_CALLS_FAULTS,   // userfaultfd
    ISO_CALLS_HANDLES,  // open_by_handle_at
    ISO_CALLS_MACHINE,  // modules, kexec, reboot
    ISO_CALLS_FAMILIES, // sockets of families other than unix, inet, inet6, netlink, packet
    ISO_CALL_GROUP_COUNT
};

// What a place inside root must be, for ISO_MOUNT, ISO_BIND, ISO_MOVE_TREE and what makes the place before. Refused: -EPERM.
enum iso_place_rule {
    ISO_PLACE_ANY,
    // Neither root itself nor of the proc file system at `proc` in it, wherever links have led; the files of that which `paths`
    // names, from root on, are let through.
    ISO_PLACE_MOUNT_POINT,
    // A directory, and no link on the way.
    ISO_PLACE_ORDINARY
};

enum iso_groups { ISO_GROUPS_KEEP, ISO_GROUPS_DROP_IF_ALLOWED, ISO_GROUPS_EXACT };

// What the child, which knows the machine, writes into a copy of a message before it sends it: 32 bits in host order.
enum iso_patch_kind {
    ISO_PATCH_INDEX,     // of the interface `name` in the namespace of `slot`
    ISO_PATCH_NAMESPACE, // the descriptor of `slot`
};
struct iso_patch {
    uint32_t offset;
    uint32_t kind;
    uint32_t slot;
    uint32_t reserved;
    const char *name;
};
enum { ISO_NETWORK_MAX = 32, ISO_MESSAGE_MAX = 4096 };

enum { ISO_NONE = -1, ISO_REGISTER_BASE = -1000, ISO_REGISTER_COUNT = 16, ISO_DUPLICATE_MAX = 64 };
// In fd and other: ISO_REGISTER_BASE - n stands for register n, filled by an earlier operation's `result`.

struct iso_op {
    uint32_t code;
    int32_t step; // index of the plan's step, for the report
    int32_t fd;
    int32_t other;
    int32_t result; // register number or ISO_NONE
    uint32_t mode;
    uint32_t count;
    uint32_t rule; // enum iso_place_rule, of place
    uint64_t flags;
    uint64_t value;
    const char *root;
    const char *path;
    const char *source_root;
    const char *source;
    const char *const *list; // NULL-terminated, as are the next two
    const char *const *more;
    const char *const *paths;
    const uint32_t *numbers;
    const struct iso_patch *patches;
    uint32_t patch_count;
};

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
