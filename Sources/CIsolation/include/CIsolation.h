// The C floor of podlab: system calls that glibc lacks or hides, typed forms of variadic calls (which Swift cannot
// call), and everything that runs between clone3 and execve.
//
// Every function that can fail returns a value >= 0, or -errno. No function touches the caller's errno contract.
#ifndef CISOLATION_H
#define CISOLATION_H

#include "iso_file.h"
#include "iso_mount.h"
#include "iso_network.h"
#include "iso_operation.h"
#include "iso_plan.h"
#include "iso_process.h"
#include "iso_program.h"
#include "iso_seccomp.h"
#include "iso_socket.h"
#include "iso_terminal.h"

#endif
