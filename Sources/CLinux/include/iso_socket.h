// Descriptors over sockets. CMSG_* are macros, which Swift cannot use. See unix(7), SCM_RIGHTS.
#ifndef ISO_SOCKET_H
#define ISO_SOCKET_H

#include <stddef.h>
#include <stdint.h>

// A connected pair of AF_UNIX SOCK_SEQPACKET sockets, close-on-exec.
int iso_socket_pair(int pair[2]);
// Sends `length` bytes and, unless fd is -1, that descriptor. EINTR is retried; never raises SIGPIPE.
int iso_send(int socket, const void *bytes, size_t length, int fd);
// Receives one message; *fd becomes a close-on-exec descriptor or -1. Returns its length; 0: the other end is closed.
int iso_receive(int socket, void *bytes, size_t length, int *fd);
// poll(2) on one descriptor for `events`, with EINTR retried against the deadline.
// milliseconds: -1 for ever. Returns revents, 0 on timeout.
int iso_poll(int fd, int events, int64_t milliseconds);

#endif
