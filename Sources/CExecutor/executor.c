// The walk over the plan. See docs/architecture.md.
#include "iso_executor.h"

#include <string.h>

#include "iso_socket.h"

static int pass(struct iso_state *state, const struct iso_op *op) {
    (void)state, (void)op;
    return 0;
}

static const iso_action actions[ISO_CODE_COUNT] = {
    [ISO_JOIN] = iso_do_join,
    [ISO_UNSHARE] = iso_do_unshare,
    [ISO_MAP_SELF] = iso_do_map_self,
    [ISO_MAP_BY_PARENT] = iso_do_map_by_parent,
    [ISO_CREDENTIALS] = iso_do_credentials,
    [ISO_FORK] = iso_do_fork,
    [ISO_GUARD] = iso_do_guard,
    [ISO_SHUT] = iso_do_shut,
    [ISO_OPEN] = iso_do_open,
    [ISO_OPEN_TREE] = iso_do_open_tree,
    [ISO_LOCK_TREE] = iso_do_lock_tree,
    [ISO_MOUNT] = iso_do_mount,
    [ISO_BIND] = iso_do_bind,
    [ISO_MOVE_TREE] = iso_do_move_tree,
    [ISO_MOUNT_ATTRIBUTES] = iso_do_mount_attributes,
    [ISO_PROPAGATION] = iso_do_propagation,
    [ISO_UNMOUNT] = iso_do_unmount,
    [ISO_MAKE_DIRECTORY] = iso_do_make_directory,
    [ISO_MAKE_FILE] = iso_do_make_file,
    [ISO_WRITE_FILE] = iso_do_write_file,
    [ISO_MAKE_LINK] = iso_do_make_link,
    [ISO_SET_MODE] = iso_do_set_mode,
    [ISO_OPEN_FOR_APPENDING] = iso_do_open_for_appending,
    [ISO_CHANGE_DIRECTORY] = iso_do_change_directory,
    [ISO_CHANGE_ROOT] = iso_do_change_root,
    [ISO_PIVOT_ROOT] = iso_do_pivot_root,
    [ISO_HOSTNAME] = iso_do_hostname,
    [ISO_LOOPBACK_UP] = iso_do_loopback_up,
    [ISO_NETWORK_OPEN] = iso_do_network_open,
    [ISO_NETWORK_NAME] = iso_do_network_name,
    [ISO_NETWORK_UNNAME] = iso_do_network_unname,
    [ISO_NETWORK_SETTING] = iso_do_network_setting,
    [ISO_NETLINK] = iso_do_netlink,
    [ISO_UNDO_NETLINK] = pass,
    [ISO_UNDO_NETWORK_NAME] = pass,
    [ISO_JOIN_CGROUP] = iso_do_join_cgroup,
    [ISO_BOUNDING_SET] = iso_do_bounding_set,
    [ISO_CAPABILITIES] = iso_do_capabilities,
    [ISO_NO_NEW_PRIVILEGES] = iso_do_no_new_privileges,
    [ISO_RESOURCE_LIMIT] = iso_do_resource_limit,
    [ISO_FILE_MODE_MASK] = iso_do_file_mode_mask,
    [ISO_OOM_SCORE] = iso_do_oom_score,
    [ISO_NEW_SESSION] = iso_do_new_session,
    [ISO_CONTROLLING_TERMINAL] = iso_do_controlling_terminal,
    [ISO_NAME] = iso_do_name,
    [ISO_WITNESS_SIGNALS] = iso_do_witness_signals,
    [ISO_REFUSE_CALLS] = iso_do_refuse_calls,
    [ISO_READ_HOSTNAME] = iso_do_read_hostname,
    [ISO_LEAVE_ORPHANS] = iso_do_leave_orphans,
    [ISO_MOVE_DESCRIPTORS] = iso_do_move_descriptors,
    [ISO_DUPLICATE] = iso_do_duplicate,
    [ISO_RESET_SIGNALS] = iso_do_reset_signals,
    [ISO_DEATH_SIGNAL] = iso_do_death_signal,
    [ISO_EXECUTE] = iso_do_execute,
    [ISO_FINISH] = iso_do_finish,
};

_Noreturn static void leave(void) {
    for (;;) {
        ISO_CALL(SYS_exit_group, 127);
    }
}

// Takes away what outlives the child and what earlier steps have made. Whatever fails here stays.
static void undo(struct iso_state *state) {
    for (uint32_t i = state->index; i-- > 0;) {
        const struct iso_op *op = &state->ops[i];
        if (op->code == ISO_UNDO_NETLINK && (op->flags == 0 || op->flags > state->index)) {
            iso_do_netlink(state, op);
        } else if (op->code == ISO_UNDO_NETWORK_NAME) {
            iso_undo_network_name(state, op);
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
        iso_action action = op->code < ISO_CODE_COUNT ? actions[op->code] : NULL;
        int result = action == NULL ? -ENOSYS : action(&state, op);
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
