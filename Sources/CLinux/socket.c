// Messages with a descriptor, and a poll that keeps its deadline across EINTR.
#include "iso_call.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "iso_socket.h"

int iso_socket_pair(int pair[2]) {
    return (int)ISO_CALL(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
}

int iso_send(int socket, const void *bytes, size_t length, int fd) {
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = length};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd >= 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
        struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(rights), &fd, sizeof fd);
    }
    long result;
    do {
        result = ISO_CALL(SYS_sendmsg, socket, &message, MSG_NOSIGNAL);
    } while (result == -EINTR);
    return (int)result;
}

int iso_receive(int socket, void *bytes, size_t length, int *fd) {
    struct iovec part = {.iov_base = bytes, .iov_len = length};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    *fd = -1;
    long result;
    do {
        result = ISO_CALL(SYS_recvmsg, socket, &message, MSG_CMSG_CLOEXEC);
    } while (result == -EINTR);
    if (result < 0) {
        return (int)result;
    }
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    if (rights != NULL && rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS
        && rights->cmsg_len == CMSG_LEN(sizeof(int))) {
        memcpy(fd, CMSG_DATA(rights), sizeof *fd);
    }
    return (int)result;
}

static int64_t now_in_nanoseconds(void) {
    struct timespec now = {0};
    ISO_CALL(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int iso_poll(int fd, int events, int64_t milliseconds) {
    struct pollfd polled = {.fd = fd, .events = (short)events};
    int64_t end = milliseconds < 0 ? 0 : now_in_nanoseconds() + milliseconds * 1000000;
    for (;;) {
        struct timespec left = {0};
        if (milliseconds >= 0) {
            int64_t rest = end - now_in_nanoseconds();
            rest = rest < 0 ? 0 : rest;
            left = (struct timespec){.tv_sec = rest / 1000000000, .tv_nsec = rest % 1000000000};
        }
        long result = ISO_CALL(SYS_ppoll, &polled, 1, milliseconds < 0 ? NULL : &left, NULL, 0);
        if (result > 0) {
            return polled.revents;
        }
        if (result != -EINTR) {
            return (int)result;
        }
    }
}
