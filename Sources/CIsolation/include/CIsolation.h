// The C floor of isolation: the format of a lowered plan, and everything that runs between clone3 and execve.
//
// Every function that can fail returns a value >= 0, or -errno. No function touches the caller's errno contract.
#ifndef CISOLATION_H
#define CISOLATION_H

#include <CLinux.h>

#include "iso_network.h"
#include "iso_operation.h"
#include "iso_plan.h"
#include "iso_program.h"
#include "iso_seccomp.h"

#endif
