// The first instructions of a program: the kernel leaves the argument count on top of an aligned stack and calls nobody.
#include "bare.h"

#if defined(__x86_64__)
__asm__(".section .text._start,\"ax\",@progbits\n"
        ".globl _start\n_start:\n xor %ebp, %ebp\n mov %rsp, %rdi\n and $-16, %rsp\n call bare_main\n");
#elif defined(__aarch64__)
__asm__(".section .text._start,\"ax\",%progbits\n"
        ".globl _start\n_start:\n mov x29, #0\n mov x0, sp\n bl bare_main\n");
#endif
