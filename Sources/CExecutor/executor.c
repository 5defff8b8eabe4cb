// The walk over the plan. See docs/architecture.md.
#include "iso_executor.h"

#include <string.h>

#include "iso_socket.h"

// Each operation has its own operands; the compiler holds the list, the operands and the functions together.
static int act(struct iso_state *state, const struct iso_op *op) {
    switch (op->code) {
#define OPERAND(kind, name)
#define OPERATION(CODE, name, operands) \
    case ISO_##CODE: return iso_do_##name(state, &op->name);
#include "iso_operations.h"
    }
    return -ENOSYS;
}

struct iso_report iso_report_now(const struct iso_state *state, uint32_t kind) {
    const struct iso_op *op = &state->ops[state->index];
    return (struct iso_report){.kind = kind, .code = op->code, .step = op->step};
}

// They are for the way back: see undo().
int iso_do_undo_netlink(struct iso_state *state, const struct iso_undo_netlink_operands *operands) {
    (void)state, (void)operands;
    return 0;
}

int iso_do_undo_network_name(struct iso_state *state, const struct iso_undo_network_name_operands *operands) {
    (void)state, (void)operands;
    return 0;
}

_Noreturn static void leave(void) {
    for (;;) {
        ISO_CALL(SYS_exit_group, 127);
    }
}

// Takes away what outlives the child and what earlier steps have made. Whatever fails here stays.
static void undo(struct iso_state *state) {
    for (uint32_t i = state->index; i-- > 0;) {
        const struct iso_op *op = &state->ops[i];
        if (op->code == ISO_UNDO_NETLINK) {
            uint32_t successor = op->undo_netlink.successor;
            if (successor == 0 || successor > state->index) {
                iso_send_messages(state, &op->undo_netlink.messages);
            }
        } else if (op->code == ISO_UNDO_NETWORK_NAME) {
            iso_undo_network_name(state, &op->undo_network_name);
        }
    }
}

void iso_execute(const struct iso_op *ops, uint32_t count, int socket) {
    struct iso_state state = {.ops = ops, .count = count, .socket = socket};
    state.outer_uid = (uint32_t)ISO_CALL(SYS_geteuid);
    state.outer_gid = (uint32_t)ISO_CALL(SYS_getegid);
    for (int i = 0; i < ISO_REGISTER_COUNT; i++) {
        state.registers[i] = ISO_NONE;
    }
    for (int i = 0; i < ISO_NETWORK_MAX; i++) {
        state.networks[i] = (struct iso_network){-EBADF, -EBADF, -EBADF};
    }
    state.own_network = ISO_NONE;
    for (state.index = 0; state.index < count; state.index++) {
        const struct iso_op *op = &ops[state.index];
        int result = act(&state, op);
        if (result < 0) {
            struct iso_report report = {.kind = ISO_FAILED, .code = op->code, .error = -result};
            report.step = state.blame != NULL ? state.blame->step : op->step;
            report.about = state.about;
            memcpy(report.detail, state.detail, sizeof report.detail);
            undo(&state); // before the report: whoever has it ends this process
            iso_send(state.socket, &report, sizeof report, -1);
            leave();
        }
    }
    leave(); // a plan ends with ISO_EXECUTE, which does not return
}
