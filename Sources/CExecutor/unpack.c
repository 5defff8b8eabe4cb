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

static const char *text_at(struct unpacking *unpacking, const char *distance) {
    const char *text = at(unpacking, distance, 1);
    if (text == NULL) {
        return NULL;
    }
    const char *end = (const char *)unpacking->base + unpacking->size;
    for (const char *byte = text; byte < end; byte++) {
        if (*byte == '\0') {
            return text;
        }
    }
    unpacking->damaged = 1;
    return NULL;
}

static const char *const *list_at(struct unpacking *unpacking, const char *const *distance) {
    const char **list = at(unpacking, distance, sizeof *list);
    for (uint64_t i = 0; list != NULL; i++) {
        if (at(unpacking, distance, (i + 1) * sizeof *list) == NULL || list[i] == NULL) {
            break;
        }
        list[i] = text_at(unpacking, list[i]);
    }
    return list;
}

static void unpack_operation(struct unpacking *unpacking, struct iso_op *op) {
    op->root = text_at(unpacking, op->root);
    op->path = text_at(unpacking, op->path);
    op->source_root = text_at(unpacking, op->source_root);
    op->source = iso_has_bytes(op->code) ? at(unpacking, op->source, op->count) : text_at(unpacking, op->source);
    op->list = list_at(unpacking, op->list);
    op->more = list_at(unpacking, op->more);
    op->paths = list_at(unpacking, op->paths);
    op->numbers = at(unpacking, op->numbers, op->count * sizeof *op->numbers);
    struct iso_patch *patches = at(unpacking, op->patches, op->patch_count * sizeof *patches);
    for (uint32_t i = 0; patches != NULL && i < op->patch_count; i++) {
        patches[i].name = text_at(unpacking, patches[i].name);
    }
    op->patches = patches;
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
