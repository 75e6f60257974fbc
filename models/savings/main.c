/* crease-savings: a subcommand, or the demonstration. */
#include "savings/program.h"
#include <stdio.h>
#include <string.h>

static const crease_app app = {.name = "crease savings"};

static int print_help(void) {
    puts("Examples:\n"
         "  build/bin/crease savings\n"
         "  build/bin/crease savings solve --model A --at 1,2,5\n"
         "  build/bin/crease savings fit --model B --object pinvW --nets affine+relu:1,tanh:5\n\n"
         "Consumption and savings under a borrowing limit: exact solutions, their kinks, and networks fitted "
         "to them.\n\n"
         "Usage: crease savings [--folder DIR] [--starts N] [--seed N]  the demonstration: tables, pictures "
         "in "
         "build/plots\n"
         "       crease savings solve --model A|B ...                   an exact solution and its kinks\n"
         "       crease savings fit --model A|B ...                     networks fitted to value and "
         "policy\n\n"
         "'crease savings solve --help' and 'crease savings fit --help' show their examples and options.");
    return crease_app_end(&app);
}

int main(int argc, char **argv) {
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0))
        return print_help();
    if (argc < 2 || argv[1][0] == '-')
        return savings_demo_command(argc, argv);
    if (strcmp(argv[1], "solve") == 0)
        return savings_solve_command(argc - 1, argv + 1);
    if (strcmp(argv[1], "fit") == 0)
        return savings_fit_command(argc - 1, argv + 1);
    static const char *const known[] = {"solve", "fit", "help"};
    const char *meant = crease_app_did_you_mean(argv[1], known, 3);
    if (meant)
        crease_app_usage_error(&app, "unknown command '%s'; did you mean '%s'?", argv[1], meant);
    crease_app_usage_error(
        &app, "unknown command '%s'; there are solve, fit, and the demonstration without a command", argv[1]);
}
