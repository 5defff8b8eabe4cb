// Network namespaces, with and without a name, and the netlink messages that a plan sends into them.
//
// Messages are built before the child is, all but what only this machine knows: interface indexes and descriptors.
#include "iso_executor.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include "iso_file.h"
#include "iso_mount.h"
#include "iso_socket.h"

enum { ANSWER_MILLISECONDS = 10000, DATAGRAMS_MAX = 64 };

static struct iso_network *slot(struct iso_state *state, uint32_t number) {
    return number < ISO_NETWORK_MAX ? &state->networks[number] : NULL;
}

// MARK: Sockets

static int netlink_socket(int protocol) {
    int fd = (int)ISO_CALL(SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    int on = 1;
    if (fd >= 0) { // Linux 4.12; without them an answer is longer and has no words
        ISO_CALL(SYS_setsockopt, fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
        ISO_CALL(SYS_setsockopt, fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
    }
    return fd;
}

// In the namespace itself. The socket gives it without any /proc being mounted, but only to who may administer it.
static int open_here(void *argument) {
    struct iso_network *network = argument;
    network->route = netlink_socket(NETLINK_ROUTE);
    if (network->route < 0) {
        return network->route;
    }
    network->descriptor = (int)ISO_CALL(SYS_ioctl, network->route, SIOCGSKNS, 0);
    if (network->descriptor < 0) {
        network->descriptor = iso_openat(AT_FDCWD, "/proc/thread-self/ns/net", O_RDONLY, 0);
    }
    return 0;
}

int iso_do_network_open(struct iso_state *state, const struct iso_network_open_operands *operands) {
    struct iso_network *network = slot(state, operands->slot);
    if (network == NULL) {
        return -EINVAL;
    }
    if (operands->place.fd == ISO_NONE && operands->place.path == NULL) {
        state->own_network = (int)operands->slot;
        return open_here(network);
    }
    int own; // O_NONBLOCK: a FIFO in its place must not hold us
    int fd = iso_open_place(state, &operands->place, O_RDONLY | O_NONBLOCK | O_NOCTTY, &own);
    int result = fd < 0 ? fd : iso_visit_network(fd, open_here, network);
    iso_drop(fd, own);
    return result;
}

static int visit_slot(struct iso_state *state, uint32_t number, int (*act)(void *), void *argument) {
    struct iso_network *network = slot(state, number);
    if (network == NULL) {
        return -EINVAL;
    }
    if ((int)number == state->own_network) {
        return act(argument);
    }
    return network->descriptor < 0 ? network->descriptor : iso_visit_network(network->descriptor, act, argument);
}

// MARK: Names

// As ip-netns(8) does, so that namespaces named in one mount namespace are seen in those that are copied from it.
static int share_names(const char *folder) {
    long mask = ISO_CALL(SYS_umask, 0);
    int result = (int)ISO_CALL(SYS_mkdirat, AT_FDCWD, folder, 0755);
    ISO_CALL(SYS_umask, mask);
    if (result < 0 && result != -EEXIST) {
        return result;
    }
    int lock = iso_openat(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY, 0);
    if (lock < 0) {
        return lock;
    }
    ISO_CALL(SYS_flock, lock, LOCK_EX); // two that find no mount there would stack two
    result = iso_mount("none", folder, NULL, MS_SHARED | MS_REC, NULL);
    if (result == -EINVAL) {
        result = iso_mount(folder, folder, NULL, MS_BIND | MS_REC, NULL);
        result = result < 0 ? result : iso_mount("none", folder, NULL, MS_SHARED | MS_REC, NULL);
    }
    ISO_CALL(SYS_close, lock);
    return result;
}

static int bind_name(int namespace, int names, const char *name, int file) {
    int tree = iso_copy_tree(namespace, 0, 0);
    if (tree == -ENOSYS) {
        char from[32], to[32];
        return iso_mount(iso_proc_path(from, namespace), iso_proc_path(to, file), NULL, MS_BIND, NULL);
    }
    if (tree < 0) {
        return tree;
    }
    int result = iso_move_mount(tree, "", names, name, ISO_MOVE_FROM_EMPTY_PATH);
    ISO_CALL(SYS_close, tree);
    return result;
}

static void close_network(struct iso_network *network) {
    iso_drop(network->route, 1);
    iso_drop(network->descriptor, 1);
    iso_drop(network->names, 1);
    *network = (struct iso_network){-EBADF, -EBADF, -EBADF};
}

int iso_do_network_name(struct iso_state *state, const struct iso_network_name_operands *operands) {
    struct iso_network *network = slot(state, operands->slot);
    int result = network == NULL ? -EINVAL : share_names(operands->folder);
    if (result < 0) {
        return result;
    }
    int names = iso_openat(AT_FDCWD, operands->folder, O_PATH | O_DIRECTORY, 0);
    int file = names < 0 ? names : iso_openat(names, operands->name, O_RDONLY | O_CREAT | O_EXCL, 0);
    if (file < 0) {
        iso_drop(names, 1);
        return file;
    }
    result = iso_visit_network(ISO_NONE, open_here, network);
    if (result == 0) {
        result = network->descriptor < 0 ? network->descriptor
                                         : bind_name(network->descriptor, names, operands->name, file);
    }
    ISO_CALL(SYS_close, file);
    network->names = names;
    if (result < 0) {
        ISO_CALL(SYS_unlinkat, names, operands->name, 0);
        close_network(network);
    }
    return result;
}

// In the folder of names: what is mounted on the name in this mount namespace goes first, then the file, and with it
// the mounts on it in any other.
static int remove_name(int names, const char *name) {
    long result = ISO_CALL(SYS_fchdir, names);
    if (result == 0) {
        iso_umount(name, ISO_UMOUNT_DETACH | ISO_UMOUNT_NO_FOLLOW);
        result = ISO_CALL(SYS_unlinkat, names, name, 0);
    }
    return (int)result;
}

static int is_same_file(int fd, const char *path) {
    struct iso_identity mine, other;
    return iso_statx(fd, "", ISO_AT_EMPTY_PATH, &mine) == 0
        && iso_statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, &other) == 0 && mine.inode == other.inode && mine.device_major == other.device_major
        && mine.device_minor == other.device_minor;
}

void iso_undo_network_name(struct iso_state *state, const struct iso_undo_network_name_operands *operands) {
    struct iso_network *network = slot(state, operands->slot);
    if (network == NULL || network->names < 0) {
        return;
    }
    // The directory that this child is in matters no more.
    if (remove_name(network->names, operands->name) == -EBUSY && is_same_file(network->descriptor, operands->file)) {
        // This is a mount namespace that was copied from the one in which the name was given, mount and all.
        iso_umount(operands->file, ISO_UMOUNT_DETACH | ISO_UMOUNT_NO_FOLLOW);
        remove_name(network->names, operands->name);
    }
}

int iso_do_network_unname(struct iso_state *state, const struct iso_network_unname_operands *operands) {
    (void)state;
    char name[ISO_PATH_MAX];
    int own;
    int names = iso_parent(&operands->file, name, &own);
    if (names < 0) {
        return names;
    }
    int here = iso_openat(AT_FDCWD, ".", O_PATH | O_DIRECTORY, 0);
    int result = here < 0 ? here : remove_name(names, name);
    if (here >= 0) {
        long back = ISO_CALL(SYS_fchdir, here);
        result = result < 0 ? result : (int)back;
    }
    iso_drop(here, 1);
    iso_drop(names, own);
    return result;
}

// MARK: Settings below /proc/sys/net, where a process finds those of the network namespace that it is in

struct setting {
    const char *path;
    const char *text;
};

static int write_setting(void *argument) {
    const struct setting *setting = argument;
    int fd = iso_openat(AT_FDCWD, setting->path, O_WRONLY, 0);
    if (fd < 0) {
        return fd;
    }
    long written = ISO_CALL(SYS_write, fd, setting->text, strlen(setting->text));
    ISO_CALL(SYS_close, fd);
    return written < 0 ? (int)written : 0;
}

int iso_do_network_setting(struct iso_state *state, const struct iso_network_setting_operands *operands) {
    struct setting setting = {operands->file, operands->value};
    return visit_slot(state, operands->slot, write_setting, &setting);
}

// MARK: Messages

static int interface_index(struct iso_state *state, const struct iso_patch *patch, uint32_t *value) {
    struct iso_network *network = slot(state, patch->slot);
    size_t length = strlen(patch->name);
    struct ifreq request = {0};
    if (network == NULL || length >= sizeof request.ifr_name) {
        return -EINVAL;
    }
    if (network->route < 0) {
        return network->route;
    }
    memcpy(request.ifr_name, patch->name, length);
    int result = (int)ISO_CALL(SYS_ioctl, network->route, SIOCGIFINDEX, &request);
    if (result == -ENODEV) {
        memcpy(state->detail, patch->name, length + 1);
        state->about = ISO_DETAIL_OBJECT;
    }
    *value = (uint32_t)request.ifr_ifindex;
    return result;
}

static int apply_patches(struct iso_state *state, const struct iso_messages *messages, unsigned char *message) {
    uint32_t length = messages->datagram.count;
    for (uint32_t i = 0; i < messages->patch_count; i++) {
        const struct iso_patch *patch = &messages->patches[i];
        uint32_t value = 0;
        if (length < sizeof value || patch->offset > length - sizeof value) {
            return -EINVAL;
        }
        if (patch->kind == ISO_PATCH_INDEX) {
            int result = interface_index(state, patch, &value);
            if (result < 0) {
                return result;
            }
        } else {
            struct iso_network *network = slot(state, patch->slot);
            if (network == NULL || network->descriptor < 0) {
                return network == NULL ? -EINVAL : network->descriptor;
            }
            value = (uint32_t)network->descriptor;
        }
        memcpy(message + patch->offset, &value, sizeof value);
    }
    return 0;
}

// The kernel's words in an acknowledgement: attributes behind the error and, unless it is cut off, the request itself.
static void keep_words(struct iso_state *state, const unsigned char *answer, const struct nlmsghdr *header) {
    struct nlmsgerr error;
    size_t start = NLMSG_HDRLEN + sizeof error;
    if (!(header->nlmsg_flags & NLM_F_ACK_TLVS) || header->nlmsg_len < start) {
        return;
    }
    memcpy(&error, answer + NLMSG_HDRLEN, sizeof error);
    if (!(header->nlmsg_flags & NLM_F_CAPPED)) {
        size_t echoed = error.msg.nlmsg_len < NLMSG_HDRLEN ? 0 : error.msg.nlmsg_len - NLMSG_HDRLEN;
        if (echoed > header->nlmsg_len - start) {
            return;
        }
        start += NLMSG_ALIGN(echoed);
    }
    while (start + NLA_HDRLEN <= header->nlmsg_len) {
        struct nlattr attribute;
        memcpy(&attribute, answer + start, sizeof attribute);
        if (attribute.nla_len < NLA_HDRLEN || attribute.nla_len > header->nlmsg_len - start) {
            return;
        }
        if ((attribute.nla_type & NLA_TYPE_MASK) == NLMSGERR_ATTR_MSG) {
            size_t length = attribute.nla_len - (size_t)NLA_HDRLEN;
            length = length < sizeof state->detail - 1 ? length : sizeof state->detail - 1;
            memcpy(state->detail, answer + start + NLA_HDRLEN, length);
            state->detail[length] = '\0';
            state->about = ISO_DETAIL_KERNEL;
            return;
        }
        start += NLA_ALIGN(attribute.nla_len);
    }
}

// The acknowledgements in one datagram: 1 when the last message's was among them, 0 when not yet, -errno for a refusal.
static int read_answers(struct iso_state *state, const unsigned char *bytes, size_t length, uint32_t last) {
    int seen = 0;
    for (size_t at = 0; at + NLMSG_HDRLEN <= length;) {
        struct nlmsghdr header;
        memcpy(&header, bytes + at, sizeof header);
        if (header.nlmsg_len < NLMSG_HDRLEN || header.nlmsg_len > length - at) {
            return -EPROTO;
        }
        if (header.nlmsg_type == NLMSG_ERROR) {
            int error;
            if (header.nlmsg_len < NLMSG_HDRLEN + sizeof error) {
                return -EPROTO;
            }
            memcpy(&error, bytes + at + NLMSG_HDRLEN, sizeof error);
            if (error != 0) {
                keep_words(state, bytes + at, &header);
                return error < 0 ? error : -EPROTO;
            }
            seen = seen || header.nlmsg_seq == last;
        }
        at += NLMSG_ALIGN(header.nlmsg_len);
    }
    return seen;
}

static int receive_answers(struct iso_state *state, int fd, uint32_t last) {
    unsigned char answer[8192];
    for (int count = 0; count < DATAGRAMS_MAX; count++) {
        // The kernel answers before sendmsg returns; the time is for one that will not always.
        int events = iso_poll(fd, POLLIN, ANSWER_MILLISECONDS);
        if (events <= 0) {
            return events < 0 ? events : -ETIMEDOUT;
        }
        struct sockaddr_nl sender = {0};
        socklen_t size = sizeof sender;
        long length = ISO_CALL(SYS_recvfrom, fd, answer, sizeof answer, MSG_DONTWAIT | MSG_TRUNC, &sender, &size);
        if (length == -EAGAIN || length == -EINTR) {
            continue;
        }
        if (length < 0) {
            return (int)length;
        }
        if ((size_t)length > sizeof answer) {
            return -EMSGSIZE;
        }
        if (sender.nl_pid != 0) {
            continue; // not the kernel
        }
        int result = read_answers(state, answer, (size_t)length, last);
        if (result != 0) {
            return result < 0 ? result : 0;
        }
    }
    return -EPROTO;
}

static int open_socket(void *argument) { return netlink_socket(*(const int *)argument); }

int iso_send_messages(struct iso_state *state, const struct iso_messages *messages) {
    unsigned char message[ISO_MESSAGE_MAX];
    struct iso_network *network = slot(state, messages->slot);
    uint32_t length = messages->datagram.count;
    if (network == NULL || length == 0 || length > sizeof message) { // nothing is what undoes a link that has been deleted
        return network == NULL || length == 0 ? -EINVAL : -EMSGSIZE;
    }
    memcpy(message, messages->datagram.first, length);
    int result = apply_patches(state, messages, message);
    if (result < 0) {
        return result;
    }
    int fd = network->route, protocol = (int)messages->protocol, own = protocol != NETLINK_ROUTE;
    if (own) {
        fd = visit_slot(state, messages->slot, open_socket, &protocol);
    }
    if (fd < 0) {
        return fd;
    }
    result = iso_send(fd, message, length, -1);
    if (result >= 0) {
        result = receive_answers(state, fd, messages->last);
    }
    iso_drop(fd, own);
    return result;
}

int iso_do_netlink(struct iso_state *state, const struct iso_netlink_operands *operands) {
    return iso_send_messages(state, &operands->messages);
}
