// Looks at every process that appears, as fast as it can: environment, arguments, memory, descriptors, tracing.
#include "attacker.h"

#include <fcntl.h>
#include <linux/ptrace.h>
#include <stddef.h>
#include <string.h>

enum { PATH = 96, CHUNK = 65536, DESCRIPTORS = 80, MEMORY_MAX = 1 << 20 };

static char chunk[CHUNK];
static char entries[CHUNK];
static char mark[128];

static int holds_mark(const char *bytes, long length) {
    long size = (long)strlen(mark);
    for (long at = 0; at + size <= length; at++) {
        long i = 0;
        while (i < size && bytes[at + i] == mark[i]) {
            i++;
        }
        if (i == size) {
            return 1;
        }
    }
    return 0;
}

static const char *path_of(char *path, const char *pid, const char *rest) {
    char *to = path;
    for (const char *part = "/proc/"; *part != '\0';) *to++ = *part++;
    for (const char *part = pid; *part != '\0';) *to++ = *part++;
    for (const char *part = rest; *part != '\0' && to < path + PATH - 1;) *to++ = *part++;
    *to = '\0';
    return path;
}

static void loot(const char *pid, const char *what) {
    say("LOOT ");
    say(what);
    say(" of process ");
    say(pid);
    say(": ");
    char path[PATH];
    char name[32] = "?\n";
    long file = CALL(__NR_openat, AT_FDCWD, path_of(path, pid, "/comm"), O_RDONLY);
    if (file >= 0) {
        long length = CALL(__NR_read, file, name, sizeof name - 1);
        name[length > 0 ? length : 0] = '\0';
        CALL(__NR_close, file);
    }
    say(name);
}

static long read_file(const char *pid, const char *name) {
    char path[PATH];
    long file = CALL(__NR_openat, AT_FDCWD, path_of(path, pid, name), O_RDONLY | O_NONBLOCK);
    if (file < 0) {
        return file;
    }
    long length = CALL(__NR_read, file, chunk, CHUNK);
    CALL(__NR_close, file);
    return length;
}

// Whether its parent is outside, where it has no number. What the course's own solutions start comes from inside.
static int is_from_outside(const char *pid) {
    long length = read_file(pid, "/stat"), at = length;
    while (at > 0 && chunk[at - 1] != ')') {
        at--;
    }
    // ") S 0 …": the state, then the parent's number.
    return at > 0 && at + 4 < length && chunk[at + 3] == '0' && chunk[at + 4] == ' ';
}

// Whether the process is on its way in: podlab's own program, which walks a plan.
static int is_on_its_way(const char *pid) {
    if (!is_from_outside(pid)) {
        return 0;
    }
    static const char arguments[] = "podlab-init\0plan";
    long length = read_file(pid, "/cmdline");
    if (length < (long)sizeof arguments) {
        return 0;
    }
    for (size_t i = 0; i < sizeof arguments; i++) {
        if (chunk[i] != arguments[i]) {
            return 0;
        }
    }
    return 1;
}

static void look_at_text(const char *pid, const char *name) {
    long length = read_file(pid, name);
    if (length > 0 && holds_mark(chunk, length)) {
        loot(pid, name);
    }
}

static void look_at_links(const char *pid) {
    static const char *const names[] = {"/exe", "/cwd", "/root"};
    char path[PATH];
    for (int i = 0; i < 3; i++) {
        long length = CALL(__NR_readlinkat, AT_FDCWD, path_of(path, pid, names[i]), chunk, CHUNK);
        if (length > 0 && holds_mark(chunk, length)) {
            loot(pid, names[i]);
        }
    }
    char name[] = "/fd/00";
    for (int fd = 0; fd < DESCRIPTORS; fd++) {
        name[4] = fd < 10 ? (char)('0' + fd) : (char)('0' + fd / 10);
        name[5] = fd < 10 ? '\0' : (char)('0' + fd % 10);
        long length = CALL(__NR_readlinkat, AT_FDCWD, path_of(path, pid, name), chunk, CHUNK);
        if (length > 0 && holds_mark(chunk, length)) {
            loot(pid, "a descriptor");
        }
    }
}

// The parts of memory that are no file's, as far as they are small.
static void look_at_memory(const char *pid) {
    static char maps[CHUNK];
    char path[PATH];
    long length = read_file(pid, "/maps");
    long memory = CALL(__NR_openat, AT_FDCWD, path_of(path, pid, "/mem"), O_RDONLY);
    if (length <= 0 || memory < 0) {
        if (memory >= 0) {
            CALL(__NR_close, memory);
        }
        return;
    }
    memcpy(maps, chunk, (size_t)length);
    for (long at = 0; at < length;) {
        unsigned long from = 0, to = 0;
        unsigned long *number = &from;
        long i = at;
        for (; i < length && maps[i] != ' '; i++) {
            char c = maps[i];
            if (c == '-') {
                number = &to;
            } else {
                *number = *number * 16 + (unsigned long)(c <= '9' ? c - '0' : c - 'a' + 10);
            }
        }
        int writable = i + 2 < length && maps[i + 2] == 'w';
        for (unsigned long place = from; writable && to - from <= MEMORY_MAX && place < to; place += CHUNK) {
            long size = CALL(__NR_pread64, memory, chunk, to - place < CHUNK ? to - place : CHUNK, place);
            if (size > 0 && holds_mark(chunk, size)) {
                loot(pid, "memory");
                break;
            }
        }
        while (at < length && maps[at++] != '\n') {
        }
    }
    CALL(__NR_close, memory);
}

static long number_of(const char *text) {
    long number = 0;
    for (; *text != '\0'; text++) {
        number = number * 10 + (*text - '0');
    }
    return number;
}

// Takes hold of it for a moment; what is held and still on its way in has been caught.
static void try_to_hold(const char *pid) {
    long number = number_of(pid);
    if (number == 1 || CALL(__NR_ptrace, PTRACE_SEIZE, number, 0, 0) < 0) {
        return;
    }
    if (is_on_its_way(pid)) {
        loot(pid, "tracing");
    }
    CALL(__NR_ptrace, PTRACE_INTERRUPT, number, 0, 0);
    int status;
    CALL(__NR_wait4, number, &status, 0x40000000 /* __WALL */, 0);
    CALL(__NR_ptrace, PTRACE_DETACH, number, 0, 0);
}

static void try_on_its_way(const char *pid) {
    static const char *const files[] = {"/mem", "/environ", "/auxv", "/maps", "/fd", "/cwd/.", "/root/.", "/exe", "/ns/user"};
    char path[PATH];
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        long file = CALL(__NR_openat, AT_FDCWD, path_of(path, pid, files[i]), O_RDONLY);
        if (file >= 0) {
            // Opened is not yet caught: it may have executed its program by now.
            if (is_on_its_way(pid)) {
                loot(pid, files[i]);
            }
            CALL(__NR_close, file);
        }
    }
    long pidfd = CALL(__NR_pidfd_open, number_of(pid), 0);
    for (int fd = 0; pidfd >= 0 && fd < DESCRIPTORS; fd++) {
        long taken = CALL(__NR_pidfd_getfd, pidfd, fd, 0);
        if (taken >= 0 && is_on_its_way(pid)) {
            loot(pid, "a descriptor, taken,");
        }
        if (taken >= 0) {
            CALL(__NR_close, taken);
        }
    }
    if (pidfd >= 0) {
        CALL(__NR_close, pidfd);
    }
}

struct entry {
    unsigned long inode;
    long offset;
    unsigned short length;
    unsigned char type;
    char name[];
};

// Calls `act` with every process, again and again, for ever.
_Noreturn static void with_every_process(void (*act)(const char *pid, unsigned long round)) {
    long self = CALL(__NR_getpid);
    long folder = CALL(__NR_openat, AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY);
    say("ready\n");
    for (unsigned long round = 0;; round++) {
        CALL(__NR_lseek, folder, 0, 0);
        long length;
        while ((length = CALL(__NR_getdents64, folder, entries, CHUNK)) > 0) {
            for (long at = 0; at < length;) {
                struct entry *entry = (struct entry *)(entries + at);
                at += entry->length;
                if (entry->name[0] >= '1' && entry->name[0] <= '9' && number_of(entry->name) != self) {
                    act(entry->name, round);
                }
            }
        }
    }
}

static void look(const char *pid, unsigned long round) {
    if (is_on_its_way(pid)) {
        try_on_its_way(pid);
    }
    look_at_text(pid, "/cmdline");
    look_at_text(pid, "/environ");
    look_at_links(pid);
    // Dear, so now and then; what is on its way is tried each time.
    if (round % 256 == 0) {
        look_at_memory(pid);
    }
    if (is_on_its_way(pid)) {
        try_to_hold(pid);
    }
}

// The mark is taken out of the arguments: whoever reads those of all processes, as pgrep does, would carry it from then on.
void watch(char *text) {
    for (size_t i = 0; text[i] != '\0' && i < sizeof mark - 1; i++) {
        mark[i] = text[i];
        text[i] = '*';
    }
    with_every_process(look);
}

static void kill_stranger(const char *pid, unsigned long round) {
    (void)round;
    if (is_on_its_way(pid)) {
        CALL(__NR_kill, number_of(pid), 9);
    }
}

void slay(void) { with_every_process(kill_stranger); }
