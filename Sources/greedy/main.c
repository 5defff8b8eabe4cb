// greedy: takes memory page by page and says how far it came. What a memory limit does to a program is seen with it.
//
//   greedy MIB [--hold]     touches so many MiB; with --hold it then waits until a signal ends it
//
// It has no C library and so next to no memory of its own: what is charged to its cgroup is what it was asked to take.
// Exit codes: 0 all of it was taken; 1 the kernel refused a mapping; 64 wrong usage.
#include <linux/mman.h>

#include "bare.h"

enum { MIB = 1 << 20, PAGE = 4096, WRONG_USAGE = 64, LONGEST = 64, MOST_DIGITS = 9 };

static void print(int stream, const char *text) {
    long length = 0;
    while (text[length] != '\0') {
        length++;
    }
    bare_call(__NR_write, stream, (long)text, length, 0, 0, 0);
}

// "NUMBER MiB" behind a text, in one write.
static void print_amount(int stream, const char *before, long number, const char *after) {
    char line[LONGEST];
    char digits[MOST_DIGITS + 1];
    int length = 0, count = 0;
    for (; *before != '\0'; before++) {
        line[length++] = *before;
    }
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    while (count > 0) {
        line[length++] = digits[--count];
    }
    for (; *after != '\0'; after++) {
        line[length++] = *after;
    }
    line[length] = '\0';
    print(stream, line);
}

static int is_same(const char *left, const char *right) {
    while (*left != '\0' && *left == *right) {
        left++;
        right++;
    }
    return *left == *right;
}

// A whole number of at most MOST_DIGITS digits, or -1.
static long number(const char *text) {
    long value = 0;
    int digits = 0;
    for (; *text >= '0' && *text <= '9'; text++) {
        value = value * 10 + (*text - '0');
        if (++digits > MOST_DIGITS) {
            return -1;
        }
    }
    return digits > 0 && *text == '\0' ? value : -1;
}

static int take(long wanted) {
    for (long done = 1; done <= wanted; done++) {
        // Reserving costs nothing; a page costs memory when it is first written. See mmap(2), MAP_NORESERVE.
        long piece = bare_call(
            __NR_mmap, 0, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (piece < 0 && piece > -PAGE) {
            print_amount(2, "greedy: mmap refused after ", done - 1, " MiB: ");
            print_amount(2, "errno ", -piece, "\n");
            return 1;
        }
        // Pages of the usual size, so that the limit is met where it is and not half a huge page before.
        bare_call(__NR_madvise, piece, MIB, MADV_NOHUGEPAGE, 0, 0, 0);
        for (volatile char *byte = (volatile char *)piece; byte < (volatile char *)piece + MIB; byte += PAGE) {
            *byte = 1;
        }
        if (done % 10 == 0 || done == wanted) {
            print_amount(1, "", done, " MiB\n");
        }
    }
    return 0;
}

_Noreturn void bare_main(const unsigned long *stack) {
    long count = (long)stack[0];
    char **arguments = (char **)(stack + 1);
    long wanted = count >= 2 ? number(arguments[1]) : -1;
    int holds = count == 3 && is_same(arguments[2], "--hold");
    int status = WRONG_USAGE;
    if (wanted < 1 || count > 3 || (count == 3 && !holds)) {
        print(2, "usage: greedy MIB [--hold]\n");
    } else {
        status = take(wanted);
        while (holds && status == 0) {
            bare_call(__NR_ppoll, 0, 0, 0, 0, 0, 0);
        }
    }
    for (;;) {
        bare_call(__NR_exit_group, status, 0, 0, 0, 0, 0);
    }
}
