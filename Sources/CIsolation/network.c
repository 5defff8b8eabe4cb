// Loopback of a new network namespace is down; hardly anything works until it is up.
#include "iso_call.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "iso_network.h"

int iso_loopback_up(void) {
    ISO_OWNED int fd = (int)ISO_CALL(SYS_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return fd;
    }
    struct ifreq request = {.ifr_name = "lo"};
    long result = ISO_CALL(SYS_ioctl, fd, SIOCGIFFLAGS, &request);
    if (result == 0) {
        request.ifr_flags |= IFF_UP;
        result = ISO_CALL(SYS_ioctl, fd, SIOCSIFFLAGS, &request);
    }
    return (int)result;
}
