// Typed forms of calls that are variadic or take a struct behind a cast.
#define _GNU_SOURCE
#include "CNetlink.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <sys/syscall.h>
#include <unistd.h>

int cnl_owner(int name_space) {
    int result = ioctl(name_space, NS_GET_USERNS);
    return result < 0 ? -errno : result;
}

int cnl_is_administrator(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
    return syscall(SYS_capget, &header, sets) == 0 && (sets[0].effective >> CAP_SYS_ADMIN & 1);
}

int cnl_namespace_type(int descriptor) {
    int result = ioctl(descriptor, NS_GET_NSTYPE);
    return result < 0 ? -errno : result;
}

int64_t cnl_file_system(int descriptor) {
    struct statfs found;
    return fstatfs(descriptor, &found) < 0 ? -errno : (int64_t)(uint32_t)found.f_type;
}

int cnl_network_type(void) { return CLONE_NEWNET; }

int cnl_ipc_type(void) { return CLONE_NEWIPC; }

int cnl_connect_to_kernel(int descriptor) {
    struct sockaddr_nl address = {.nl_family = AF_NETLINK};
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) < 0
        || connect(descriptor, (struct sockaddr *)&address, sizeof address) < 0) {
        return -errno;
    }
    return 0;
}

int cnl_set_option(int descriptor, int option, int value) {
    return setsockopt(descriptor, SOL_NETLINK, option, &value, sizeof value) < 0 ? -errno : 0;
}
