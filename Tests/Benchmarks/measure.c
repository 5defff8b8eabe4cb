// measure: run a command COUNT times and print the median, the least and the 90th percentile of its time as a process,
// in microseconds, tab-separated. The command's output is thrown away. Usage: measure COUNT COMMAND [ARGUMENT…]
// A command that fails prints "-" and its status, and measure exits 1: a figure is only a figure of a run that worked.
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    int count = argc > 2 ? atoi(argv[1]) : 0;
    if (count < 1) return 64;
    double *times = calloc((size_t)count, sizeof *times);
    if (!times) return 71;
    posix_spawn_file_actions_t quiet;
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", O_WRONLY, 0);
    for (int i = 0; i < count; i++) {
        struct timespec from, to;
        pid_t child;
        int status;
        clock_gettime(CLOCK_MONOTONIC, &from);
        if (posix_spawnp(&child, argv[2], &quiet, NULL, argv + 2, environ) != 0 || waitpid(child, &status, 0) < 0 || status != 0) {
            printf("-\t-\t-\n");
            return 1;
        }
        clock_gettime(CLOCK_MONOTONIC, &to);
        times[i] = (double)(to.tv_sec - from.tv_sec) * 1e6 + (double)(to.tv_nsec - from.tv_nsec) / 1e3;
    }
    qsort(times, (size_t)count, sizeof *times, ascending);
    printf("%.0f\t%.0f\t%.0f\n", times[count / 2], times[0], times[count * 9 / 10]);
    return 0;
}
