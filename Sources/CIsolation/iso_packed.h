// The beginning of a packed plan; the operations follow.
#ifndef ISO_PACKED_H
#define ISO_PACKED_H

#include "iso_plan.h"

#define ISO_PACKED_MAGIC 0x706f646c61623032ULL

struct iso_packed {
    uint64_t magic;
    uint64_t count;
};

#endif
