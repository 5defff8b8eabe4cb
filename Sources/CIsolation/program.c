// A program in memory that nobody can write, whoever can open it: for those that run where somebody else is root.
//
// Root of a sandbox can open /proc/PID/exe of what runs there, and a file that belongs to a mapped user can be written
// through it once the program has ended, whatever the mount says that it lies on: mounts can be changed by whoever is root
// over their namespace. A sealed file in memory cannot be changed by anybody. See memfd_create(2), fcntl(2) F_ADD_SEALS.
#include "iso_call.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "iso_program.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U // Linux 6.3: executable even where vm.memfd_noexec is 1
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020 // Linux 6.3: nor can it be made not executable
#endif
#define WRITE_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

enum { PIECE = 1 << 30, MODE = 0555 };

static int copy(int from, int to) {
    long result, offset = 0; // sendfile(2) leaves the descriptor's own position alone when it is given one
    do {
        result = ISO_CALL(SYS_sendfile, to, from, &offset, PIECE);
    } while (result > 0 || result == -EINTR);
    return (int)result;
}

int iso_sealed_program(int file, const char *name) {
    int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    ISO_OWNED int program = (int)ISO_CALL(SYS_memfd_create, name, flags | MFD_EXEC);
    if (program == -EINVAL) {
        program = (int)ISO_CALL(SYS_memfd_create, name, flags);
    }
    if (program < 0) {
        return program;
    }
    int result = copy(file, program);
    if (result == 0) {
        result = (int)ISO_CALL(SYS_fchmod, program, MODE);
    }
    if (result == 0) {
        result = (int)ISO_CALL(SYS_fcntl, program, F_ADD_SEALS, WRITE_SEALS | F_SEAL_EXEC);
        if (result == -EINVAL) {
            result = (int)ISO_CALL(SYS_fcntl, program, F_ADD_SEALS, WRITE_SEALS);
        }
    }
    return result < 0 ? result : iso_give(&program);
}
