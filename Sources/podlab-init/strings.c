// The functions of string.h that the compiler and the executor call; there is no C library here.
#include <stddef.h>
#include <string.h>

// A loop, not a call of itself: the compiler knows these functions, and would write them in terms of each other.
#define PLAIN __attribute__((no_builtin))

PLAIN void *memcpy(void *restrict to, const void *restrict from, size_t length) {
    unsigned char *target = to;
    const unsigned char *source = from;
    for (size_t i = 0; i < length; i++) {
        target[i] = source[i];
    }
    return to;
}

PLAIN void *memmove(void *to, const void *from, size_t length) {
    unsigned char *target = to;
    const unsigned char *source = from;
    if (target <= source) {
        return memcpy(to, from, length);
    }
    while (length-- > 0) {
        target[length] = source[length];
    }
    return to;
}

PLAIN void *memset(void *to, int byte, size_t length) {
    unsigned char *target = to;
    for (size_t i = 0; i < length; i++) {
        target[i] = (unsigned char)byte;
    }
    return to;
}

PLAIN int memcmp(const void *one, const void *other, size_t length) {
    const unsigned char *left = one, *right = other;
    for (size_t i = 0; i < length; i++) {
        if (left[i] != right[i]) {
            return left[i] < right[i] ? -1 : 1;
        }
    }
    return 0;
}

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

PLAIN int strncmp(const char *one, const char *other, size_t length) {
    while (length > 0 && *one != '\0' && *one == *other) {
        one++;
        other++;
        length--;
    }
    return length == 0 ? 0 : (unsigned char)*one - (unsigned char)*other;
}

PLAIN char *strrchr(const char *text, int byte) {
    const char *found = NULL;
    for (;; text++) {
        if (*text == (char)byte) {
            found = text;
        }
        if (*text == '\0') {
            return (char *)found;
        }
    }
}
