// floor: the least that a sandbox costs on this machine. All namespaces, an id map, an overlay of a root on a tmpfs,
// proc, pivot_root, exec: no options, no checks worth the name, nothing a learner could use. `make bench` sets podlab beside it.
// Usage: floor ROOT COMMAND [ARGUMENT…]
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void check(int result, const char *what) {
    if (result < 0) {
        perror(what);
        _exit(125);
    }
}

static void put(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    check(fd, path);
    check((int)write(fd, text, strlen(text)), path);
    close(fd);
}

int main(int argc, char **argv) {
    if (argc < 3) return 64;
    char uids[64], gids[64], options[256];
    snprintf(uids, sizeof uids, "0 %d 1", getuid());
    snprintf(gids, sizeof gids, "0 %d 1", getgid());
    struct clone_args args = {
        .flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP,
        .exit_signal = SIGCHLD,
    };
    pid_t child = (pid_t)syscall(SYS_clone3, &args, sizeof args);
    check(child, "clone3");
    if (child > 0) {
        int status;
        check(waitpid(child, &status, 0), "waitpid");
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    put("/proc/self/setgroups", "deny");
    put("/proc/self/uid_map", uids);
    put("/proc/self/gid_map", gids);
    check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
    // By descriptor: the tmpfs may hide the path.
    int lower = open(argv[1], O_PATH | O_DIRECTORY | O_CLOEXEC);
    check(lower, argv[1]);
    check(mount("tmpfs", "/tmp", "tmpfs", 0, NULL), "tmpfs");
    check(mkdir("/tmp/upper", 0755) | mkdir("/tmp/work", 0755) | mkdir("/tmp/root", 0755), "mkdir");
    snprintf(options, sizeof options, "lowerdir=/proc/self/fd/%d,upperdir=/tmp/upper,workdir=/tmp/work,userxattr", lower);
    check(mount("overlay", "/tmp/root", "overlay", 0, options), "overlay");
    check(mount("proc", "/tmp/root/proc", "proc", 0, NULL), "proc");
    check(chdir("/tmp/root"), "chdir");
    check((int)syscall(SYS_pivot_root, ".", "."), "pivot_root");
    check(umount2(".", MNT_DETACH), "umount");
    check(chdir("/"), "chdir");
    execvp(argv[2], argv + 2);
    perror(argv[2]);
    return 127;
}
