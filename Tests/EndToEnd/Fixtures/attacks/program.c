// What the root of a playground may try on a program that came from outside: one line for each attempt that got through.
//
//   program FILE…        each by its name
//   program --after PID FILE…   what was opened before is tried again when process PID has ended

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct attributes {
    uint64_t set, clear, propagation, user_namespace;
};

static int clear_read_only(int fd) {
    struct attributes attributes = {.clear = 1};
    return (int)syscall(442, fd, "", AT_EMPTY_PATH, &attributes, sizeof attributes); // mount_setattr
}

static void got(const char *what, const char *file) { printf("%s: %s\n", what, file); }

// Opens what a path leads to, in each way that writes.
static void write_to(const char *path, const char *how, const char *file) {
    static const int ways[] = {O_WRONLY, O_RDWR, O_WRONLY | O_APPEND, O_WRONLY | O_TRUNC};
    for (unsigned way = 0; way < sizeof ways / sizeof *ways; way++) {
        int fd = open(path, ways[way] | O_CLOEXEC);
        if (fd < 0) continue;
        got(how, file);
        if (write(fd, "#!", 2) == 2) got("written", file);
        close(fd);
    }
    if (truncate(path, 0) == 0) got("truncated", file);
    if (chmod(path, 0777) == 0) got("mode changed", file);
    if (chown(path, 0, 0) == 0) got("owner changed", file);
    struct timespec times[2] = {{1, 0}, {1, 0}};
    if (utimensat(AT_FDCWD, path, times, 0) == 0) got("times changed", file);
}

static void try_descriptor(int fd, const char *file) {
    char path[64], made[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    write_to(path, "opened for writing by descriptor", file);
    if (clear_read_only(fd) == 0) write_to(path, "opened once its mount was made writable", file);
    // A name of one's own for the same file.
    snprintf(made, sizeof made, "/tmp/linked.%d", fd);
    if (linkat(AT_FDCWD, path, AT_FDCWD, made, AT_SYMLINK_FOLLOW) == 0 || linkat(fd, "", AT_FDCWD, made, AT_EMPTY_PATH) == 0) {
        write_to(made, "opened by another link", file);
    }
    // A copy of the mount, made writable.
    int tree = (int)syscall(428, fd, "", 1 | O_CLOEXEC | AT_EMPTY_PATH); // open_tree, OPEN_TREE_CLONE
    if (tree >= 0) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", tree);
        if (clear_read_only(tree) == 0) write_to(path, "opened by a writable copy of its mount", file);
        snprintf(made, sizeof made, "/tmp/moved.%d", fd);
        close(open(made, O_CREAT | O_WRONLY, 0700));
        if (syscall(429, tree, "", AT_FDCWD, made, 4) == 0) { // move_mount, MOVE_MOUNT_F_EMPTY_PATH
            write_to(made, "opened where a copy of its mount was put", file);
            if (mount(NULL, made, NULL, MS_REMOUNT | MS_BIND, NULL) == 0) write_to(made, "opened where it was mounted again", file);
        }
        close(tree);
    }
    void *mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped != MAP_FAILED) got("mapped for writing", file);
}

int main(int count, char **words) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    umask(0);
    int first = 1, process = 0;
    if (count > 2 && strcmp(words[1], "--after") == 0) {
        process = atoi(words[2]);
        first = 3;
    }
    int paths[64], readers[64];
    for (int index = first; index < count && index < 64; index++) {
        paths[index] = open(words[index], O_PATH | O_CLOEXEC);
        readers[index] = open(words[index], O_RDONLY | O_CLOEXEC);
        if (paths[index] < 0 || readers[index] < 0) printf("not there: %s\n", words[index]);
        write_to(words[index], "opened for writing", words[index]);
        try_descriptor(paths[index], words[index]);
        try_descriptor(readers[index], words[index]);
    }
    if (process == 0) return 0;
    int end = (int)syscall(434, process, 0); // pidfd_open
    kill(process, SIGKILL);
    struct pollfd ended = {.fd = end, .events = POLLIN};
    if (end < 0 || poll(&ended, 1, 20000) != 1) printf("process %d has not ended\n", process);
    // Nobody runs it now, or only whoever came after: it is no longer busy.
    for (int index = first; index < count && index < 64; index++) {
        try_descriptor(paths[index], words[index]);
        try_descriptor(readers[index], words[index]);
    }
    return 0;
}
