// An operation of a lowered plan: its code, and its operands, which have a type of their own. iso_operations.h is the list.
#ifndef ISO_OPERATION_H
#define ISO_OPERATION_H

#include <stdint.h>

// The list is included as text, each time with another meaning; that is why it is not among the headers of the module.
#define OPERAND(kind, name)
#define OPERATION(CODE, name, operands) ISO_##CODE,
enum iso_code {
    ISO_NO_CODE,
#include "../iso_operations.h"
    ISO_CODE_COUNT
};

// What REFUSE_CALLS refuses, group by group.
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

// What a place inside root must be, for what mounts there and what makes the place before. Refused: -EPERM.
enum iso_place_rule {
    ISO_PLACE_ANY,
    // Neither root itself nor of the proc file system at `proc` in it, wherever links have led; the files of that which `allowed`
    // names, from root on, are let through.
    ISO_PLACE_MOUNT_POINT,
    // A directory, and no link on the way.
    ISO_PLACE_ORDINARY
};

// fd if that is not ISO_NONE, else path inside root (root != NULL: resolved with RESOLVE_IN_ROOT), else path as the child sees it.
struct iso_place {
    int32_t fd;
    uint32_t rule; // enum iso_place_rule
    const char *root;
    const char *path;
    const char *const *allowed; // up to a NULL
};

struct iso_bytes {
    const char *first; // may be any byte, zero too
    uint32_t count;
};

struct iso_numbers {
    const uint32_t *first;
    uint32_t count;
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

// Netlink messages for the namespace of a slot, in one datagram.
struct iso_messages {
    struct iso_bytes datagram;
    const struct iso_patch *patches;
    uint32_t patch_count;
    uint32_t slot;
    uint32_t protocol; // NETLINK_*
    uint32_t last;     // number of the message whose acknowledgement is the last
};

enum { ISO_NONE = -1, ISO_REGISTER_BASE = -1000, ISO_REGISTER_COUNT = 16, ISO_DUPLICATE_MAX = 64 };

typedef struct iso_place iso_operand_place;
typedef int32_t iso_operand_descriptor;
typedef int32_t iso_operand_result;
typedef const char *iso_operand_text;
typedef const char *const *iso_operand_texts;
typedef struct iso_bytes iso_operand_bytes;
typedef struct iso_numbers iso_operand_numbers;
typedef struct iso_messages iso_operand_messages;
typedef uint32_t iso_operand_number;
typedef uint64_t iso_operand_bits;

#define OPERAND(kind, name) iso_operand_##kind name;
#define OPERATION(CODE, name, operands) struct iso_##name##_operands { operands };
#include "../iso_operations.h"

#define OPERAND(kind, name)
#define OPERATION(CODE, name, operands) struct iso_##name##_operands name;
struct iso_op {
    uint32_t code;
    int32_t step; // index of the plan's step, for the report
    union {
#include "../iso_operations.h"
    };
};

// The descriptors and registers that an operation reads, so many that ISO_OPERATION_READS_MAX is enough; ISO_NONE among them.
enum { ISO_OPERATION_READS_MAX = 4 };
uint32_t iso_operation_reads(const struct iso_op *op, int32_t *descriptors);

#endif
