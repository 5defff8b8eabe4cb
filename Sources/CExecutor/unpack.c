// A packed plan (pack.c) in this process's memory, its distances made pointers again.
#include "iso_executor.h"

#include <linux/mman.h>
#include <linux/stat.h>

#include "iso_packed.h"

struct unpacking {
    unsigned char *base;
    uint64_t size;
    int damaged;
};

// What is so many bytes long at a distance; NULL for none, and for what does not fit.
static void *at(struct unpacking *unpacking, const void *distance, uint64_t length) {
    uint64_t offset = (uint64_t)(uintptr_t)distance;
    if (offset == 0) {
        return NULL;
    }
    if (offset > unpacking->size || length > unpacking->size - offset) {
        unpacking->damaged = 1;
        return NULL;
    }
    return unpacking->base + offset;
}

static void get_text(struct unpacking *unpacking, const char **text) {
    const char *first = at(unpacking, *text, 1), *end = (const char *)unpacking->base + unpacking->size;
    for (const char *byte = first; first != NULL && *byte != '\0';) {
        if (++byte == end) {
            unpacking->damaged = 1;
            first = NULL;
        }
    }
    *text = first;
}

static void get_texts(struct unpacking *unpacking, const char *const **texts) {
    const char **list = at(unpacking, *texts, sizeof *list);
    for (uint64_t i = 0; list != NULL; i++) {
        if (at(unpacking, *texts, (i + 1) * sizeof *list) == NULL || list[i] == NULL) {
            break;
        }
        get_text(unpacking, &list[i]);
    }
    *texts = list;
}

static void get_place(struct unpacking *unpacking, struct iso_place *place) {
    get_text(unpacking, &place->root);
    get_text(unpacking, &place->path);
    get_texts(unpacking, &place->allowed);
}

static void get_bytes(struct unpacking *unpacking, struct iso_bytes *bytes) {
    bytes->first = at(unpacking, bytes->first, bytes->count);
}

static void get_numbers(struct unpacking *unpacking, struct iso_numbers *numbers) {
    numbers->first = at(unpacking, numbers->first, numbers->count * sizeof *numbers->first);
}

static void get_messages(struct unpacking *unpacking, struct iso_messages *messages) {
    get_bytes(unpacking, &messages->datagram);
    struct iso_patch *patches = at(unpacking, messages->patches, messages->patch_count * sizeof *patches);
    for (uint32_t i = 0; patches != NULL && i < messages->patch_count; i++) {
        get_text(unpacking, &patches[i].name);
    }
    messages->patches = patches;
}

// What is whole as it stands.
static void get_number(struct unpacking *unpacking, const uint32_t *number) { (void)unpacking, (void)number; }
static void get_bits(struct unpacking *unpacking, const uint64_t *bits) { (void)unpacking, (void)bits; }
static void get_descriptor(struct unpacking *unpacking, const int32_t *descriptor) { (void)unpacking, (void)descriptor; }
static void get_result(struct unpacking *unpacking, const int32_t *number) { (void)unpacking, (void)number; }

static void unpack_operation(struct unpacking *unpacking, struct iso_op *op) {
    switch (op->code) {
#define OPERAND(kind, name) get_##kind(unpacking, &operands_at->name);
#define OPERATION(CODE, name, operands)                       \
    case ISO_##CODE: {                                        \
        struct iso_##name##_operands *operands_at = &op->name; \
        (void)operands_at;                                    \
        operands                                              \
    } break;
#include "iso_operations.h"
    }
}

const struct iso_op *iso_unpack(int fd, uint32_t *count) {
    struct statx found = {0};
    if (ISO_CALL(SYS_statx, fd, "", 0x1000 /* AT_EMPTY_PATH */, STATX_SIZE, &found) < 0
        || found.stx_size < sizeof(struct iso_packed)) {
        return NULL;
    }
    long map = ISO_CALL(SYS_mmap, NULL, found.stx_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    if (map < 0 && map > -4096) {
        return NULL;
    }
    struct unpacking unpacking = {.base = (unsigned char *)map, .size = found.stx_size};
    const struct iso_packed *head = (const struct iso_packed *)map;
    struct iso_op *ops = (struct iso_op *)(unpacking.base + sizeof *head);
    if (head->magic != ISO_PACKED_MAGIC || head->count > (unpacking.size - sizeof *head) / sizeof *ops) {
        return NULL;
    }
    for (uint64_t i = 0; i < head->count; i++) {
        unpack_operation(&unpacking, &ops[i]);
    }
    *count = (uint32_t)head->count;
    return unpacking.damaged ? NULL : ops;
}
