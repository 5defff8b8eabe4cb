// Standard output as stdio has it, whose variable Swift may not read.
#include <errno.h>
#include <stdio.h>

#include "iso_file.h"

int iso_finish_output(void) {
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout)) {
        return 0;
    }
    return errno == 0 ? -EIO : -errno;
}
