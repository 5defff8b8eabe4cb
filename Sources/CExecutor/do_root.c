// Roots and the working directory.
#include "iso_executor.h"

#include <fcntl.h>

#include "iso_file.h"
#include "iso_mount.h"

static int go_to(struct iso_state *state, const struct iso_place *place) {
    int own;
    int fd = iso_open_place(state, place, O_PATH | O_DIRECTORY, &own);
    if (fd < 0) {
        return fd;
    }
    long result = ISO_CALL(SYS_fchdir, fd);
    iso_drop(fd, own);
    return (int)result;
}

int iso_do_change_directory(struct iso_state *state, const struct iso_change_directory_operands *operands) {
    return go_to(state, &operands->place);
}

int iso_do_change_root(struct iso_state *state, const struct iso_change_root_operands *operands) {
    // chroot(2) leaves the working directory outside, which is the way out of a chroot; so in we go first.
    int result = go_to(state, &operands->place);
    return result < 0 ? result : (int)ISO_CALL(SYS_chroot, ".");
}

int iso_do_pivot_root(struct iso_state *state, const struct iso_pivot_root_operands *operands) {
    // The old root lands on top of the new one, at ".", and is detached from there: no directory for it is needed.
    // See pivot_root(2), "pivot_root(".", ".")".
    int result = go_to(state, &operands->place);
    if (result == 0) {
        result = iso_pivot_root(".", ".");
    }
    if (result == 0) {
        result = iso_umount(".", ISO_UMOUNT_DETACH);
    }
    return result < 0 ? result : (int)ISO_CALL(SYS_chdir, "/");
}
