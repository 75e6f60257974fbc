/* Stands in for the commands of crease arm that need exact arithmetic where GMP is not installed. */
#include "arm/commands.h"

static int unavailable(const char *name) {
    crease_app app = {.name = name};
    return crease_app_fail_text(&app, CREASE_EXIT_UNAVAILABLE,
                                "this crease was built without exact arithmetic; install the Debian package "
                                "libgmp-dev and build it again");
}

int arm_regions_command(int argc, char **argv) {
    (void)argc;
    (void)argv;
    return unavailable("crease arm regions");
}

int arm_prove_command(int argc, char **argv) {
    (void)argc;
    (void)argv;
    return unavailable("crease arm prove");
}
