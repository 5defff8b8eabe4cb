// What the files of podlab-init share.
#ifndef ROLES_H
#define ROLES_H

// Does not return if the environment names a role.
void take_role(const char *name, char **environment);
// A whole number, or -1.
int number(const char *text);
_Noreturn void leave(int status);

#endif
