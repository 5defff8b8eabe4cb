// Printing, and the functions of string.h.
#include "attacker.h"

#include <stddef.h>
#include <string.h>

#define PLAIN __attribute__((no_builtin))

PLAIN size_t strlen(const char *text) {
    size_t length = 0;
    while (text[length] != '\0') {
        length++;
    }
    return length;
}

PLAIN int strcmp(const char *one, const char *other) {
    while (*one != '\0' && *one == *other) {
        one++;
        other++;
    }
    return (unsigned char)*one - (unsigned char)*other;
}

PLAIN void *memset(void *to, int byte, size_t length) {
    for (size_t i = 0; i < length; i++) {
        ((unsigned char *)to)[i] = (unsigned char)byte;
    }
    return to;
}

PLAIN void *memcpy(void *restrict to, const void *restrict from, size_t length) {
    for (size_t i = 0; i < length; i++) {
        ((unsigned char *)to)[i] = ((const unsigned char *)from)[i];
    }
    return to;
}

void end(int status) {
    for (;;) {
        CALL(__NR_exit_group, status);
    }
}

void say(const char *text) { CALL(__NR_write, 1, text, strlen(text)); }

void say_number(long number) {
    char digits[24];
    int at = sizeof digits - 1, negative = number < 0;
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + (negative ? -(number % 10) : number % 10));
        number /= 10;
    } while (number != 0);
    if (negative) {
        digits[--at] = '-';
    }
    say(digits + at);
}
