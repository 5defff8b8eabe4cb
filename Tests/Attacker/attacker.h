// What the attacks share.
#ifndef ATTACKER_H
#define ATTACKER_H

#include "bare.h"

#define CALL_WITH(number, a, b, c, d, e, f, ...)                                                                      \
    bare_call((number), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define CALL(number, ...) CALL_WITH(number, __VA_ARGS__ __VA_OPT__(, ) 0, 0, 0, 0, 0, 0, 0)

void watch(char *mark);
void slay(void);
void make_siblings(void);
void steal_announced(void);
void take_over(void);
void find_key(const char *name);
void execute_with_key(const char *name, char **arguments, char **environment);
void try_calls(void);

_Noreturn void end(int status);
void say(const char *text);
void say_number(long number);

#endif
