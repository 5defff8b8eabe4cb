// A plan as a file in memory: the operations, and behind them all that they point to. See memfd_create(2).
#include "iso_call.h"

#include <string.h>
#include <sys/mman.h>

#include "iso_packed.h"
#include "iso_plan.h"

// Bytes that are being laid one behind the other. Without a place for them they are only counted.
struct packing {
    unsigned char *base;
    uint64_t end;
};

static uint64_t put(struct packing *packing, const void *bytes, uint64_t length) {
    uint64_t at = packing->end;
    if (packing->base != NULL && length > 0) {
        memcpy(packing->base + at, bytes, length);
    }
    packing->end = (at + length + 7) & ~(uint64_t)7;
    return at;
}

// Where something was laid, in the place of a pointer to it.
static void *distance(uint64_t at) { return (void *)(uintptr_t)at; }

static void *put_text(struct packing *packing, const char *text) {
    return text == NULL ? NULL : distance(put(packing, text, strlen(text) + 1));
}

static void *put_list(struct packing *packing, const char *const *list) {
    if (list == NULL) {
        return NULL;
    }
    uint64_t count = 0;
    while (list[count] != NULL) {
        count++;
    }
    uint64_t at = put(packing, list, (count + 1) * sizeof *list);
    for (uint64_t i = 0; i < count; i++) {
        void *text = put_text(packing, list[i]);
        if (packing->base != NULL) {
            memcpy(packing->base + at + i * sizeof text, &text, sizeof text);
        }
    }
    return distance(at);
}

static void *put_patches(struct packing *packing, const struct iso_patch *patches, uint32_t count) {
    if (patches == NULL) {
        return NULL;
    }
    uint64_t at = put(packing, patches, count * sizeof *patches);
    for (uint32_t i = 0; i < count; i++) {
        struct iso_patch patch = patches[i];
        patch.name = put_text(packing, patch.name);
        if (packing->base != NULL) {
            memcpy(packing->base + at + i * sizeof patch, &patch, sizeof patch);
        }
    }
    return distance(at);
}

static void put_operation(struct packing *packing, const struct iso_op *op, uint64_t at) {
    struct iso_op packed = *op;
    packed.root = put_text(packing, op->root);
    packed.path = put_text(packing, op->path);
    packed.source_root = put_text(packing, op->source_root);
    packed.source = op->source == NULL ? NULL
        : iso_has_bytes(op->code)      ? distance(put(packing, op->source, op->count))
                                       : put_text(packing, op->source);
    packed.list = put_list(packing, op->list);
    packed.more = put_list(packing, op->more);
    packed.paths = put_list(packing, op->paths);
    packed.numbers = op->numbers == NULL ? NULL : distance(put(packing, op->numbers, op->count * sizeof *op->numbers));
    packed.patches = put_patches(packing, op->patches, op->patch_count);
    if (packing->base != NULL) {
        memcpy(packing->base + at, &packed, sizeof packed);
    }
}

static uint64_t put_plan(struct packing *packing, const struct iso_plan *plan) {
    struct iso_packed head = {.magic = ISO_PACKED_MAGIC, .count = plan->count};
    put(packing, &head, sizeof head);
    uint64_t ops = put(packing, plan->ops, plan->count * sizeof *plan->ops);
    for (uint32_t i = 0; i < plan->count; i++) {
        put_operation(packing, &plan->ops[i], ops + i * sizeof *plan->ops);
    }
    return packing->end;
}

int iso_pack(const struct iso_plan *plan) {
    struct packing counting = {.base = NULL}, laying = {.base = NULL};
    uint64_t size = put_plan(&counting, plan);
    int file = (int)ISO_CALL(SYS_memfd_create, "podlab-plan", MFD_CLOEXEC);
    if (file < 0) {
        return file;
    }
    long result = ISO_CALL(SYS_ftruncate, file, size);
    if (result == 0) {
        result = ISO_CALL(SYS_mmap, NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    }
    if (result < 0 && result > -4096) {
        ISO_CALL(SYS_close, file);
        return (int)result;
    }
    laying.base = (unsigned char *)result;
    put_plan(&laying, plan);
    ISO_CALL(SYS_munmap, laying.base, size);
    return file;
}
