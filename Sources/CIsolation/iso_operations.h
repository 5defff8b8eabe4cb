// What operations there are, and what each reads: the one list. From it come the codes, the type of each operation's operands,
// how they are packed and unpacked, and the executor's table, whose functions are iso_do_NAME (CExecutor/do_*.c).
//
// OPERATION(CODE, name, operands), each operand OPERAND(kind, name). Kinds:
//   place       struct iso_place
//   descriptor  of the starting process, or a register (ISO_REGISTER_BASE - n), or ISO_NONE
//   result      the number of a register that the operation fills
//   text        a C string, or NULL
//   texts       C strings up to a NULL, or NULL
//   bytes       struct iso_bytes
//   numbers     struct iso_numbers
//   messages    struct iso_messages
//   number      32 bits; where it is a question, 1 is yes
//   bits        64 bits

// Who the process is.
OPERATION(JOIN, join, OPERAND(place, source) OPERAND(bits, namespaces)) // a namespace file or a pidfd; CLONE_NEW*
OPERATION(UNSHARE, unshare, OPERAND(bits, namespaces))                  // CLONE_NEW*
OPERATION(UNSHARE_CGROUP, unshare_cgroup, OPERAND(descriptor, root))    // whose root is that cgroup v2
// The single map, written by the child itself: what the user and the group are inside.
OPERATION(MAP_SELF, map_self, OPERAND(number, uid) OPERAND(number, gid))
OPERATION(MAP_BY_PARENT, map_by_parent, ) // report ISO_WANTS_MAP and wait for the answer
OPERATION(CREDENTIALS, credentials,
          OPERAND(number, uid) OPERAND(number, gid) OPERAND(number, rule) // enum iso_groups
          OPERAND(numbers, groups))
OPERATION(FORK, fork, OPERAND(descriptor, cgroup)) // continue in a new process with the same parent, born in that cgroup v2
// Continue as PID 1 of a new pid namespace, born in that cgroup v2; the process itself stays as its guard, until the other end of the
// socket is closed.
OPERATION(GUARD, guard, OPERAND(descriptor, control) OPERAND(descriptor, cgroup))

// Descriptors. SHUT closes what is not needed any more: all but these, in ascending order, and these registers, as bits.
OPERATION(SHUT, shut, OPERAND(numbers, kept) OPERAND(bits, registers))
OPERATION(OPEN, open, OPERAND(place, place) OPERAND(result, result)) // O_PATH
// A detached copy of a mount, with attributes.
OPERATION(OPEN_TREE, open_tree,
          OPERAND(place, place) OPERAND(number, recursive) OPERAND(bits, attributes) OPERAND(result, result))
// result: the same detached mount, whose attributes nobody in this user namespace can take off again.
OPERATION(LOCK_TREE, lock_tree,
          OPERAND(descriptor, tree) OPERAND(text, folder) OPERAND(bits, attributes) OPERAND(result, result))

// Mounts. parameters: key, value, …
OPERATION(MOUNT, mount, OPERAND(text, type) OPERAND(texts, parameters) OPERAND(place, target) OPERAND(bits, attributes))
OPERATION(BIND, bind,
          OPERAND(place, source) OPERAND(place, target) OPERAND(number, recursive) OPERAND(bits, attributes))
OPERATION(MOVE_TREE, move_tree, OPERAND(descriptor, tree) OPERAND(place, target))
OPERATION(MOUNT_ATTRIBUTES, mount_attributes,
          OPERAND(place, place) OPERAND(number, recursive) OPERAND(bits, attributes))
OPERATION(PROPAGATION, propagation, OPERAND(place, place) OPERAND(number, recursive) OPERAND(bits, kind)) // ISO_PROPAGATION_*
OPERATION(UNMOUNT, unmount, OPERAND(place, place) OPERAND(number, flags))                                // ISO_UMOUNT_*
OPERATION(CHANGE_DIRECTORY, change_directory, OPERAND(place, place))
OPERATION(CHANGE_ROOT, change_root, OPERAND(place, place))
OPERATION(PIVOT_ROOT, pivot_root, OPERAND(place, place))

// Files.
// parents: those too, and an existing directory is fine.
OPERATION(MAKE_DIRECTORY, make_directory, OPERAND(place, place) OPERAND(number, mode) OPERAND(number, parents))
OPERATION(MAKE_FILE, make_file, OPERAND(place, place) OPERAND(number, mode)) // an existing file is fine
OPERATION(WRITE_FILE, write_file,
          OPERAND(place, place) OPERAND(bytes, contents) OPERAND(number, mode) OPERAND(number, append))
OPERATION(MAKE_LINK, make_link, OPERAND(place, place) OPERAND(text, target))
OPERATION(SET_MODE, set_mode, OPERAND(place, place) OPERAND(number, mode))
OPERATION(OPEN_FOR_APPENDING, open_for_appending, OPERAND(place, place)) // a regular file; closed again at once

// Networks. A network namespace has a slot below ISO_NETWORK_MAX. See do_network.c.
OPERATION(LOOPBACK_UP, loopback_up, )
// slot := the namespace at the place, or the child's own if there is no place.
OPERATION(NETWORK_OPEN, network_open, OPERAND(number, slot) OPERAND(place, place))
// slot := a new namespace, held by that name in the folder of names.
OPERATION(NETWORK_NAME, network_name, OPERAND(number, slot) OPERAND(text, folder) OPERAND(text, name))
OPERATION(NETWORK_UNNAME, network_unname, OPERAND(place, file))
OPERATION(NETWORK_SETTING, network_setting, OPERAND(number, slot) OPERAND(text, file) OPERAND(text, value)) // below /proc/sys/net
OPERATION(NETLINK, netlink, OPERAND(messages, messages))
// Nothing on the way; done when a later operation fails, last first. successor: 1 + index of the UNDO_NETLINK that stands for this
// one where that has been passed, or 0.
OPERATION(UNDO_NETLINK, undo_netlink, OPERAND(messages, messages) OPERAND(number, successor))
OPERATION(UNDO_NETWORK_NAME, undo_network_name, OPERAND(number, slot) OPERAND(text, file) OPERAND(text, name))

// Rights and limits.
OPERATION(BOUNDING_SET, bounding_set, OPERAND(bits, kept))
OPERATION(CAPABILITIES, capabilities, OPERAND(bits, kept) OPERAND(number, ambient))
OPERATION(NO_NEW_PRIVILEGES, no_new_privileges, )
OPERATION(WITNESS_SIGNALS, witness_signals, )
OPERATION(REFUSE_CALLS, refuse_calls, OPERAND(bits, allowed)) // enum iso_call_group
OPERATION(JOIN_CGROUP, join_cgroup, OPERAND(place, directory))
OPERATION(RESOURCE_LIMIT, resource_limit, OPERAND(number, resource) OPERAND(bits, soft) OPERAND(bits, hard)) // RLIMIT_*
OPERATION(FILE_MODE_MASK, file_mode_mask, OPERAND(number, mask))
OPERATION(OOM_SCORE, oom_score, OPERAND(text, adjustment)) // in decimal

// The process.
OPERATION(HOSTNAME, hostname, OPERAND(text, name))
OPERATION(READ_HOSTNAME, read_hostname, ) // reports ISO_SAID with the host name of the uts namespace
OPERATION(NAME, name, OPERAND(text, name))
OPERATION(NEW_SESSION, new_session, )
OPERATION(CONTROLLING_TERMINAL, controlling_terminal, OPERAND(descriptor, terminal)) // a new session first
OPERATION(LEAVE_ORPHANS, leave_orphans, OPERAND(number, count)) // that end as soon as this process has; reports ISO_LEFT for each

// The end of every plan, in this order.
// first: the number from which on no DUPLICATE targets any; looks ahead at those; closes all others.
OPERATION(MOVE_DESCRIPTORS, move_descriptors, OPERAND(number, first))
OPERATION(DUPLICATE, duplicate, OPERAND(descriptor, source) OPERAND(number, target))
OPERATION(RESET_SIGNALS, reset_signals, ) // dispositions; the mask becomes empty
OPERATION(DEATH_SIGNAL, death_signal, OPERAND(number, signal))
// program, or each of the paths in turn.
OPERATION(EXECUTE, execute,
          OPERAND(descriptor, program) OPERAND(texts, paths) OPERAND(texts, arguments) OPERAND(texts, environment))
OPERATION(FINISH, finish, ) // instead of all these: the child ends with status 0

#undef OPERATION
#undef OPERAND
