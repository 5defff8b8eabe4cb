// Files of a sandbox in the making: directories, mount points, small files, symbolic links.
#include "iso_executor.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "iso_file.h"

#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif

int iso_do_open(struct iso_state *state, const struct iso_open_operands *operands) {
    int own;
    int fd = iso_open_place(state, &operands->place, O_PATH, &own);
    if (fd >= 0 && !own) {
        fd = iso_duplicate_above(fd, 0);
    }
    return iso_keep(state, operands->result, fd);
}

// The mode that is asked for, whatever the umask.
static int make_directory(int parent, const char *name, uint32_t mode) {
    long mask = ISO_CALL(SYS_umask, 0);
    long result = ISO_CALL(SYS_mkdirat, parent, name, mode);
    ISO_CALL(SYS_umask, mask);
    return (int)result;
}

// Links that lead nowhere yet, one after the other.
enum { LINKS_MAX = 8 };

// Where the last component of a place leads that is a link to what is not there: a path in the same root. -ENOENT: it is no link.
static int where_it_leads(const struct iso_place *place, char *path) {
    char name[ISO_PATH_MAX], target[ISO_PATH_MAX];
    int own;
    int parent = iso_parent(place, name, &own);
    if (parent < 0) {
        return parent;
    }
    long length = ISO_CALL(SYS_readlinkat, parent, name, target, sizeof target - 1);
    iso_drop(parent, own);
    if (length <= 0) {
        return -ENOENT;
    }
    target[length] = '\0';
    const char *limit = path + ISO_PATH_MAX;
    char *end = path;
    path[0] = '\0';
    if (target[0] != '/') {
        size_t above = strlen(place->path);
        while (above > 1 && place->path[above - 1] == '/') {
            above--;
        }
        while (above > 0 && place->path[above - 1] != '/') {
            above--;
        }
        memcpy(path, place->path, above);
        end += above;
    }
    return iso_append(end, limit, target) == NULL ? -ENAMETOOLONG : 0;
}

static int make_directories(struct iso_state *state, const struct iso_place *place, uint32_t mode, int links);

// One directory, which may be there. In a root it is made where a link of the root's leads, as container runtimes do.
static int make_one(struct iso_state *state, const struct iso_place *place, uint32_t mode, int links) {
    char name[ISO_PATH_MAX];
    int own;
    int parent = iso_parent(place, name, &own);
    if (parent < 0) {
        return parent;
    }
    int result = iso_explain(state, place, parent, make_directory(parent, name, mode));
    iso_drop(parent, own);
    if (result != -EEXIST) {
        return result;
    }
    int there = iso_open_place(state, place, O_PATH | O_DIRECTORY, &own);
    iso_drop(there, own);
    if (there != -ENOENT || place->root == NULL) {
        return there < 0 ? there : 0;
    }
    char path[ISO_PATH_MAX];
    struct iso_place led = *place;
    led.path = path;
    result = links == 0 ? -ELOOP : where_it_leads(place, path);
    if (result == 0) {
        result = make_directories(state, &led, mode, links - 1);
    }
    return result == -EINVAL ? 0 : result; // it ends with "." or ".."
}

// Every directory on the way and the last, like `mkdir -p`; with a root, each step is resolved inside it anew.
static int make_directories(struct iso_state *state, const struct iso_place *place, uint32_t mode, int links) {
    char prefix[ISO_PATH_MAX];
    size_t length = strlen(place->path);
    if (length >= sizeof prefix) {
        return -ENAMETOOLONG;
    }
    memcpy(prefix, place->path, length + 1);
    for (size_t i = 1; i < length; i++) {
        if (prefix[i] != '/' || prefix[i - 1] == '/') {
            continue;
        }
        prefix[i] = '\0';
        struct iso_place part = *place;
        part.path = prefix;
        int result = make_one(state, &part, 0755, links);
        prefix[i] = '/';
        if (result < 0 && result != -EINVAL) { // "." and ".." exist
            return result;
        }
    }
    return make_one(state, place, mode, links);
}

int iso_do_make_directory(struct iso_state *state, const struct iso_make_directory_operands *operands) {
    const struct iso_place *place = &operands->place;
    if (operands->parents == 1) {
        return make_directories(state, place, operands->mode, LINKS_MAX);
    }
    char name[ISO_PATH_MAX];
    int own;
    int parent = iso_parent(place, name, &own);
    if (parent < 0) {
        return parent;
    }
    int result = iso_explain(state, place, parent, make_directory(parent, name, operands->mode));
    iso_drop(parent, own);
    return result;
}

static int make_file(struct iso_state *state, const struct iso_place *place, uint32_t mode, int links) {
    char name[ISO_PATH_MAX];
    int own;
    int parent = iso_parent(place, name, &own);
    if (parent < 0) {
        return parent;
    }
    long mask = ISO_CALL(SYS_umask, 0);
    int fd = iso_openat(parent, name, O_CREAT | O_EXCL | O_WRONLY, mode);
    ISO_CALL(SYS_umask, mask);
    fd = iso_explain(state, place, parent, fd);
    iso_drop(parent, own);
    iso_drop(fd, 1);
    if (fd != -EEXIST || place->root == NULL) {
        return fd == -EEXIST ? 0 : fd < 0 ? fd : 0;
    }
    int there = iso_open_place(state, place, O_PATH, &own);
    iso_drop(there, own);
    if (there != -ENOENT) {
        return there < 0 ? there : 0;
    }
    // A link that leads nowhere yet: the file is made there, with the directories on the way.
    char path[ISO_PATH_MAX], above[ISO_PATH_MAX];
    struct iso_place led = *place, folder = *place;
    led.path = path;
    folder.path = above;
    int result = links == 0 ? -ELOOP : where_it_leads(place, path);
    if (result < 0) {
        return result;
    }
    size_t length = strlen(path);
    while (length > 0 && path[length - 1] != '/') {
        length--;
    }
    if (length > 1) {
        memcpy(above, path, length - 1);
        above[length - 1] = '\0';
        result = make_directories(state, &folder, 0755, LINKS_MAX);
    }
    return result < 0 && result != -EINVAL ? result : make_file(state, &led, mode, links - 1);
}

int iso_do_make_file(struct iso_state *state, const struct iso_make_file_operands *operands) {
    return make_file(state, &operands->place, operands->mode, LINKS_MAX);
}

int iso_do_write_file(struct iso_state *state, const struct iso_write_file_operands *operands) {
    (void)state;
    const struct iso_place *place = &operands->place;
    // O_NONBLOCK: a FIFO that lies in wait must not hold us.
    int flags = O_WRONLY | O_CREAT | O_NOCTTY | O_NONBLOCK | (operands->append == 1 ? O_APPEND : O_TRUNC);
    int fd;
    if (place->fd != ISO_NONE) {
        fd = -EINVAL;
    } else {
        long mask = ISO_CALL(SYS_umask, 0);
        fd = place->root != NULL ? iso_in_root(place->root, place->path, flags, operands->mode)
                                 : iso_openat(AT_FDCWD, place->path, flags, operands->mode);
        ISO_CALL(SYS_umask, mask);
    }
    if (fd < 0) {
        return fd;
    }
    const char *rest = operands->contents.first;
    size_t left = operands->contents.count;
    long result = 0;
    while (left > 0) {
        result = ISO_CALL(SYS_write, fd, rest, left);
        if (result == -EINTR) {
            continue;
        }
        if (result <= 0) {
            result = result == 0 ? -EIO : result;
            break;
        }
        rest += result;
        left -= (size_t)result;
    }
    ISO_CALL(SYS_close, fd);
    return result < 0 ? (int)result : 0;
}

int iso_do_make_link(struct iso_state *state, const struct iso_make_link_operands *operands) {
    (void)state;
    char name[ISO_PATH_MAX];
    int own;
    int parent = iso_parent(&operands->place, name, &own);
    if (parent < 0) {
        return parent;
    }
    long result = ISO_CALL(SYS_symlinkat, operands->target, parent, name);
    iso_drop(parent, own);
    return (int)result;
}

int iso_do_set_mode(struct iso_state *state, const struct iso_set_mode_operands *operands) {
    int own;
    int fd = iso_open_place(state, &operands->place, O_PATH, &own);
    if (fd < 0) {
        return fd;
    }
    long result = ISO_CALL(SYS_fchmodat2, fd, "", operands->mode, AT_EMPTY_PATH);
    if (result == -ENOSYS) { // before Linux 6.6
        char place[32];
        result = ISO_CALL(SYS_fchmodat, AT_FDCWD, iso_proc_path(place, fd), operands->mode);
    }
    iso_drop(fd, own);
    return (int)result;
}

int iso_do_open_for_appending(struct iso_state *state, const struct iso_open_for_appending_operands *operands) {
    // A device may do something when it is opened, and the reader of a FIFO would see it end: look first, by O_PATH.
    int own;
    int there = iso_open_place(state, &operands->place, O_PATH, &own);
    if (there < 0) {
        return there;
    }
    struct iso_identity identity;
    int result = iso_statx(there, "", AT_EMPTY_PATH, &identity);
    iso_drop(there, own);
    if (result < 0) {
        return result;
    }
    if ((identity.mode & S_IFMT) != S_IFREG || operands->place.fd != ISO_NONE) {
        return -EINVAL;
    }
    // O_NONBLOCK: should a FIFO have taken its place meanwhile, it must not hold us.
    int fd = iso_open_place(state, &operands->place, O_WRONLY | O_APPEND | O_NOCTTY | O_NONBLOCK, &own);
    iso_drop(fd, own);
    return fd < 0 ? fd : 0;
}
