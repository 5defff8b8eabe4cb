// What can be asked of any operation.
#include "iso_operation.h"

#include <stddef.h>

struct reading {
    int32_t *descriptors;
    uint32_t count;
};

static void read_descriptor(struct reading *reading, int32_t descriptor) {
    reading->descriptors[reading->count++] = descriptor;
}

#define READ_place(place) read_descriptor(&reading, (place).fd)
#define READ_descriptor(descriptor) read_descriptor(&reading, descriptor)
#define READ_result(register)
#define READ_text(text)
#define READ_texts(texts)
#define READ_bytes(bytes)
#define READ_numbers(numbers)
#define READ_messages(messages)
#define READ_number(number)
#define READ_bits(bits)

uint32_t iso_operation_reads(const struct iso_op *op, int32_t *descriptors) {
    struct reading reading = {.descriptors = descriptors};
    switch (op->code) {
#define OPERAND(kind, name) READ_##kind(operands_at->name);
#define OPERATION(CODE, name, operands)                            \
    case ISO_##CODE: {                                             \
        const struct iso_##name##_operands *operands_at = &op->name; \
        (void)operands_at;                                         \
        operands                                                   \
    } break;
#include "iso_operations.h"
    }
    return reading.count;
}
