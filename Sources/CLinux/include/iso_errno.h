// What an errno is called. See strerrorname_np(3).
#ifndef ISO_ERRNO_H
#define ISO_ERRNO_H

// `EPERM`; NULL: libc knows no such number.
const char *iso_errno_symbol(int number);
// `Operation not permitted`, whatever the locale; NULL likewise.
const char *iso_errno_words(int number);

#endif
