/* GLPK's documentation allows the hook of an error to jump out, when the environment is freed after. */
#include "verify/glpk_environment.h"
#include <glpk.h>
#include <setjmp.h>
#include <stddef.h>

static void jump(void *place) {
    longjmp(*(jmp_buf *)place, 1);
}

static int swallow(void *unused, const char *text) {
    (void)unused;
    (void)text;
    return 1;
}

bool crease_glpk_run(void (*work)(void *context), void *context) {
    int state = glp_init_env();
    if (state > 1)
        return false;
    volatile bool ours = state == 0, done = false;
    int printing = glp_term_out(GLP_OFF);
    jmp_buf place;
    if (setjmp(place) == 0) {
        glp_term_hook(swallow, NULL); /* what a fault would print */
        glp_error_hook(jump, &place);
        work(context);
        done = true;
    }
    glp_error_hook(NULL, NULL);
    glp_term_hook(NULL, NULL);
    if (ours)
        glp_free_env();
    else
        glp_term_out(printing);
    return done;
}
