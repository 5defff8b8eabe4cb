// Closing all descriptors but a few. See close_range(2).
#include "iso_executor.h"

#include <sys/resource.h>

#include "iso_file.h"

enum { FIRST = 3, LOOP_LIMIT = 65536 };

// Before Linux 5.9: one by one, as far as descriptors can have gone.
static int close_one_by_one(uint32_t first, uint32_t last) {
    struct {
        uint64_t soft, hard;
    } limit = {LOOP_LIMIT, LOOP_LIMIT};
    ISO_CALL(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit);
    uint64_t end = limit.soft < LOOP_LIMIT ? limit.soft : LOOP_LIMIT;
    for (uint64_t fd = first; fd <= last && fd < end; fd++) {
        ISO_CALL(SYS_close, (int)fd);
    }
    return 0;
}

static int close_from_to(uint32_t first, uint32_t last) {
    int result = first > last ? 0 : iso_close_range(first, last, 0);
    return result == -ENOSYS ? close_one_by_one(first, last) : result;
}

int iso_close_others(const int32_t *kept, uint32_t count) {
    uint32_t next = FIRST;
    int result = 0;
    for (uint32_t i = 0; i < count && result == 0; i++) {
        if (kept[i] < FIRST) {
            continue;
        }
        result = (uint32_t)kept[i] > next ? close_from_to(next, (uint32_t)kept[i] - 1) : 0;
        next = (uint32_t)kept[i] + 1;
    }
    return result < 0 ? result : close_from_to(next, ~0U);
}

uint32_t iso_insert(int32_t *kept, uint32_t count, int32_t fd) {
    if (fd < FIRST || count == ISO_KEPT_MAX) {
        return count;
    }
    uint32_t at = count;
    while (at > 0 && kept[at - 1] > fd) {
        at--;
    }
    if (at > 0 && kept[at - 1] == fd) {
        return count;
    }
    for (uint32_t i = count; i > at; i--) {
        kept[i] = kept[i - 1];
    }
    kept[at] = fd;
    return count + 1;
}

int iso_do_shut(struct iso_state *state, const struct iso_shut_operands *operands) {
    int32_t kept[ISO_KEPT_MAX];
    uint32_t count = iso_insert(kept, 0, state->socket);
    for (uint32_t i = 0; i < operands->kept.count; i++) {
        count = iso_insert(kept, count, (int32_t)operands->kept.first[i]);
    }
    for (int i = 0; i < ISO_REGISTER_COUNT; i++) {
        if (operands->registers >> i & 1) {
            count = iso_insert(kept, count, state->registers[i]);
        } else {
            state->registers[i] = ISO_NONE;
        }
    }
    for (int i = 0; i < ISO_NETWORK_MAX; i++) {
        count = iso_insert(kept, count, state->networks[i].route);
        count = iso_insert(kept, count, state->networks[i].descriptor);
        count = iso_insert(kept, count, state->networks[i].names);
    }
    return count == ISO_KEPT_MAX ? -EMFILE : iso_close_others(kept, count);
}
