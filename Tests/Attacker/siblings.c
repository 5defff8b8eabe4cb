// Children for its own parent, who has not asked for them and does not wait for them: CLONE_PARENT of clone(2).
#include "attacker.h"

#include <linux/sched.h>

void make_siblings(void) {
    for (int stays = 0; stays < 2; stays++) {
        long child = CALL(__NR_clone, CLONE_PARENT | 17 /* SIGCHLD */);
        if (child == 0) {
            while (stays) {
                CALL(__NR_pause);
            }
            end(0);
        }
        if (child < 0) {
            say("not made\n");
            end(1);
        }
    }
    say("made\n");
    end(0);
}
