// Takes back what it has written to its standard error, between the poll(2) of whoever reads it, which has announced the byte, and the
// read(2), which then finds none. Standard output is flooded, so that there is much to do between the two.
#include "attacker.h"

#include <fcntl.h>

enum { ROUNDS = 20000, BLOCK = 16384 };

static char block[BLOCK];

void steal_announced(void) {
    long take = CALL(__NR_openat, AT_FDCWD, "/proc/self/fd/2", O_RDONLY | O_NONBLOCK);
    long give = CALL(__NR_openat, AT_FDCWD, "/proc/self/fd/2", O_WRONLY | O_NONBLOCK);
    long flood = CALL(__NR_openat, AT_FDCWD, "/proc/self/fd/1", O_WRONLY | O_NONBLOCK);
    if (take < 0 || give < 0 || flood < 0) {
        end(3);
    }
    for (int round = 0; round < ROUNDS; round++) {
        char byte;
        CALL(__NR_write, flood, block, BLOCK);
        CALL(__NR_write, give, "x", 1);
        for (volatile int spin = 0; spin < (round % 97) * 50; spin++) {
        }
        CALL(__NR_read, take, &byte, 1);
    }
    for (;;) {
        CALL(__NR_pause); // the ends stay open
    }
}
