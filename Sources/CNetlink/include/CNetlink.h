// Descriptors that belong to another network namespace, or to another IPC namespace.
//
// A socket belongs for ever to the network namespace of the thread that made it, and a file below /proc/thread-self/net to
// that of the thread that opened it. A process need not go anywhere to work in another namespace: it needs a descriptor
// that was made there.
#ifndef CNETLINK_H
#define CNETLINK_H

#include <stddef.h>
#include <stdint.h>

enum cnl_stage {
    CNL_CLONE = 0,     // no child could be made
    CNL_JOIN_USER,     // setns(2) to the user namespace
    CNL_JOIN,          // setns(2) to the network or IPC namespace
    CNL_CREATE,        // socket(2) or open(2)
    CNL_KILLED,        // the child was killed before it was done
};

// socket(2) as a process of `network` would make it; SOCK_CLOEXEC is always added. user: the user namespace to join first,
// which gives all capabilities there to whoever owns it, or -1; network: or -1 for the caller's.
// The descriptor, or -errno with `failed` saying where. Signal mask, namespaces and credentials of the caller stay.
int cnl_socket_in(int user, int network, int domain, int type, int protocol, enum cnl_stage *failed);

// open(2), likewise; O_CLOEXEC is always added.
int cnl_open_in(int user, int network, const char *path, int flags, enum cnl_stage *failed);

// open(2) as a process of the IPC namespace `ipc` would make it: a file below /proc/sysvipc tells for ever of the IPC namespace
// of whoever opened it. See proc_sysvipc(5).
int cnl_open_in_ipc(int user, int ipc, const char *path, int flags, enum cnl_stage *failed);

// What a process of the user namespace `user` reads of the file `path` below `directory`: at most `size` bytes from `offset`, by
// one read. A file of another process below /proc, such as `syscall`, is shown only to who may trace it (ptrace(2)), and the owner of a
// user namespace may trace all that is in it, whoever they are there. A link at the end is not followed. The bytes, or -errno.
int cnl_read_in(int user, int directory, const char *path, int64_t offset, void *buffer, size_t size);

// stat(2), likewise, links followed; whoever serves the file system is not asked.
struct cnl_file {
    uint32_t mode;
    uint64_t inode;
    uint32_t device[2]; // major, minor
    uint32_t special[2];
};
int cnl_look_in(int user, int directory, const char *path, struct cnl_file *file);

// ioctl(NS_GET_USERNS): the user namespace that owns a namespace, as a close-on-exec descriptor, or -errno. EPERM: it is
// outside of the caller's user namespace. See ioctl_nsfs(2).
int cnl_owner(int name_space);

// 1: the calling thread has CAP_SYS_ADMIN in its own user namespace, and so in those below it. See capget(2).
int cnl_is_administrator(void);

// ioctl(NS_GET_NSTYPE): CLONE_NEWNET and its like, or -errno (ENOTTY: no namespace); and the values for a network and an IPC namespace.
int cnl_namespace_type(int descriptor);
// fstatfs(2): the magic number of the file system that a descriptor is on (O_PATH too), or -errno.
int64_t cnl_file_system(int descriptor);
int cnl_network_type(void);
int cnl_ipc_type(void);

// struct sockaddr_nl for the kernel's end is all zeros: connecting there lets nobody else's datagrams in.
// bind(2) with a port id that the kernel chooses, and connect(2) to the kernel. 0 or -errno. See netlink(7).
int cnl_connect_to_kernel(int descriptor);

// The option of SOL_NETLINK set to 1; 0 or -errno (ENOPROTOOPT: this kernel has it not).
enum { CNL_ADD_MEMBERSHIP = 1, CNL_CAP_ACK = 10, CNL_EXT_ACK = 11, CNL_GET_STRICT_CHK = 12 };
int cnl_set_option(int descriptor, int option, int value);

#endif
