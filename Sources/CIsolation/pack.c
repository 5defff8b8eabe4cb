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

static void put_text(struct packing *packing, const char **text) {
    if (*text != NULL) {
        *text = distance(put(packing, *text, strlen(*text) + 1));
    }
}

static void put_texts(struct packing *packing, const char *const **texts) {
    if (*texts == NULL) {
        return;
    }
    uint64_t count = 0;
    while ((*texts)[count] != NULL) {
        count++;
    }
    uint64_t at = put(packing, *texts, (count + 1) * sizeof **texts);
    for (uint64_t i = 0; i < count; i++) {
        const char *text = (*texts)[i];
        put_text(packing, &text);
        if (packing->base != NULL) {
            memcpy(packing->base + at + i * sizeof text, &text, sizeof text);
        }
    }
    *texts = distance(at);
}

static void put_place(struct packing *packing, struct iso_place *place) {
    put_text(packing, &place->root);
    put_text(packing, &place->path);
    put_texts(packing, &place->allowed);
}

static void put_bytes(struct packing *packing, struct iso_bytes *bytes) {
    bytes->first = bytes->first == NULL ? NULL : distance(put(packing, bytes->first, bytes->count));
}

static void put_numbers(struct packing *packing, struct iso_numbers *numbers) {
    uint64_t length = numbers->count * sizeof *numbers->first;
    numbers->first = numbers->first == NULL ? NULL : distance(put(packing, numbers->first, length));
}

static void put_messages(struct packing *packing, struct iso_messages *messages) {
    put_bytes(packing, &messages->datagram);
    if (messages->patches == NULL) {
        return;
    }
    uint64_t at = put(packing, messages->patches, messages->patch_count * sizeof *messages->patches);
    for (uint32_t i = 0; i < messages->patch_count; i++) {
        struct iso_patch patch = messages->patches[i];
        put_text(packing, &patch.name);
        if (packing->base != NULL) {
            memcpy(packing->base + at + i * sizeof patch, &patch, sizeof patch);
        }
    }
    messages->patches = distance(at);
}

// What is whole as it stands.
static void put_number(struct packing *packing, const uint32_t *number) { (void)packing, (void)number; }
static void put_bits(struct packing *packing, const uint64_t *bits) { (void)packing, (void)bits; }
static void put_descriptor(struct packing *packing, const int32_t *descriptor) { (void)packing, (void)descriptor; }
static void put_result(struct packing *packing, const int32_t *number) { (void)packing, (void)number; }

static void put_operation(struct packing *packing, const struct iso_op *op, uint64_t at) {
    struct iso_op packed = *op;
    switch (op->code) {
#define OPERAND(kind, name) put_##kind(packing, &operands_at->name);
#define OPERATION(CODE, name, operands)                          \
    case ISO_##CODE: {                                           \
        struct iso_##name##_operands *operands_at = &packed.name; \
        (void)operands_at;                                       \
        operands                                                 \
    } break;
#include "iso_operations.h"
    }
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
    ISO_OWNED int file = (int)ISO_CALL(SYS_memfd_create, "podlab-plan", MFD_CLOEXEC);
    if (file < 0) {
        return file;
    }
    long result = ISO_CALL(SYS_ftruncate, file, size);
    if (result == 0) {
        result = ISO_CALL(SYS_mmap, NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    }
    if (result < 0 && result > -4096) {
        return (int)result;
    }
    laying.base = (unsigned char *)result;
    put_plan(&laying, plan);
    ISO_CALL(SYS_munmap, laying.base, size);
    return iso_give(&file);
}
