// System calls that glibc lacks or hides, and typed forms of variadic calls, which Swift cannot call. No policy: nothing here knows
// of a sandbox.
//
// Every function that can fail returns a value >= 0, or -errno. No function touches the caller's errno contract.
#ifndef CLINUX_H
#define CLINUX_H

#include "iso_errno.h"
#include "iso_file.h"
#include "iso_mount.h"
#include "iso_process.h"
#include "iso_socket.h"
#include "iso_terminal.h"

#endif
