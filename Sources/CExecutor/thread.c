// A child that shares our memory and begins in a function, on a stack of its own: clone(2) without libc.
//
// The C library's clone() would do, but this runs in a program without one. Only what a function needs to begin is here.
#include "iso_executor.h"

#if defined(__x86_64__)
// rdi: flags, rsi: top of the stack, rdx: function, rcx: argument
__asm__(".section .text.iso_thread,\"ax\",@progbits\n"
        ".globl iso_thread\n.type iso_thread,@function\niso_thread:\n"
        " sub $16, %rsi\n mov %rdx, (%rsi)\n mov %rcx, 8(%rsi)\n"
        " xor %edx, %edx\n xor %r10d, %r10d\n xor %r8d, %r8d\n mov $56, %eax\n syscall\n"
        " test %rax, %rax\n jnz 1f\n"
        " xor %ebp, %ebp\n pop %rax\n pop %rdi\n call *%rax\n mov %eax, %edi\n mov $60, %eax\n syscall\n hlt\n"
        "1: ret\n.size iso_thread, .-iso_thread\n");
#elif defined(__aarch64__)
__asm__(".section .text.iso_thread,\"ax\",%progbits\n"
        ".globl iso_thread\n.type iso_thread,%function\niso_thread:\n"
        " stp x2, x3, [x1, #-16]!\n"
        " mov x2, #0\n mov x3, #0\n mov x4, #0\n mov x8, #220\n svc #0\n"
        " cbnz x0, 1f\n"
        " mov x29, #0\n ldp x1, x0, [sp], #16\n blr x1\n mov x8, #93\n svc #0\n brk #1\n"
        "1: ret\n.size iso_thread, .-iso_thread\n");
#else
#error "write iso_thread for this architecture"
#endif
