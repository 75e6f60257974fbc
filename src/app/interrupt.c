/* Ctrl-C: the first one asks the work to end with its best result, the second one ends the program. */
#include "crease/app.h"
#include <signal.h>
#include <stdatomic.h>

static atomic_bool interrupted; /* lock-free, so a signal handler may set it and any thread read it */

static void ask_to_stop(int signal_number) {
    (void)signal_number;
    atomic_store(&interrupted, true);
}

void crease_app_catch_interrupt(void) {
    struct sigaction action = {.sa_handler = ask_to_stop, .sa_flags = (int)(SA_RESETHAND | SA_RESTART)};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool crease_app_interrupted(void *unused) {
    (void)unused;
    return atomic_load(&interrupted);
}
