// What an errno is called. In a file of its own: podlab-init, which has no libc, takes nothing of it.
#define _GNU_SOURCE
#include <string.h>

#include "iso_errno.h"

const char *iso_errno_symbol(int number) { return strerrorname_np(number); }

const char *iso_errno_words(int number) { return strerrordesc_np(number); }
