// The beginning of a packed plan; the operations follow.
#ifndef ISO_PACKED_H
#define ISO_PACKED_H

#include "iso_plan.h"

#define ISO_PACKED_MAGIC 0x706f646c61623031ULL

struct iso_packed {
    uint64_t magic;
    uint64_t count;
};

// Whether op->source is op->count bytes, and not a text.
static inline int iso_has_bytes(uint32_t code) {
    return code == ISO_WRITE_FILE || code == ISO_NETLINK || code == ISO_UNDO_NETLINK;
}

#endif
