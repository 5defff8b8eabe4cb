// libreadline's headers need stdio.h before them.
#include <stdio.h>
#include <readline/history.h>
#include <readline/readline.h>
