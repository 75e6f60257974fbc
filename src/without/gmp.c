/* Stands in for the commands that need exact arithmetic where GMP is not installed. */
#include "cli/commands.h"
#include "cli/proved.h"
#include "crease/app.h"

static int unavailable(const char *name) {
    crease_app app = {.name = name};
    return crease_app_fail_text(&app, CREASE_EXIT_UNAVAILABLE,
                                "this crease was built without exact arithmetic; install the Debian package "
                                "libgmp-dev and build it again");
}

int command_verify(int argc, char **argv) {
    (void)argc;
    (void)argv;
    return unavailable("crease verify");
}

int command_regions(int argc, char **argv) {
    (void)argc;
    (void)argv;
    return unavailable("crease regions");
}

int proved_read(const crease_app *app, const crease_net *net, const char *specification, const char *proof,
                proved *result) {
    (void)app;
    (void)net;
    (void)specification;
    (void)proof;
    (void)result;
    return unavailable("crease convert --proved");
}

int command_range(int argc, char **argv) {
    (void)argc;
    (void)argv;
    return unavailable("crease range");
}

int command_milp(int argc, char **argv) {
    (void)argc;
    (void)argv;
    return unavailable("crease milp");
}

int command_robust(int argc, char **argv) {
    (void)argc;
    (void)argv;
    return unavailable("crease robust");
}
