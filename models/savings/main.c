/* crease-savings: a subcommand, or the demonstration. */
#include "savings/own_program.h"
#include "savings/program.h"
#include "savings/risk_program.h"
#include <stdio.h>
#include <string.h>

typedef struct command {
    const char *name, *usage, *does;
    int (*run)(int argc, char **argv);
} command;

static const command commands[] = {
    {"solve", "--model A|B|C|D|K3|D1 ...", "a solution and its kinks", savings_solve_command},
    {"fit", "--model A|B|C|D|K3|D1 ...",
     "networks fitted to value and policy; or, FILE.csv --x COL --value COL, to a value function of your own",
     savings_fit_command},
    {"bound", "MODEL.json --model A ...", "how far a fitted value can be from the true one, at any state",
     savings_bound_command},
    {"plane", "--model B|C ...", "two states: the kink of the value is a line", savings_plane_command},
    {"lifecycle", "...", "a policy for every age, and a cohort", savings_lifecycle_command},
    {"distribution", "...", "who holds how much in the long run", savings_distribution_command},
    {"sovereign", "...", "default with endogenous prices", savings_sovereign_command},
    {"claims", "[--model ...]", "which functions have a kink at the borrowing limit, measured",
     savings_claims_command},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static const crease_app app = {.name = "crease savings"};

static int print_help(void) {
    puts("Examples:\n"
         "  build/bin/crease savings\n"
         "  build/bin/crease savings solve --model K3 --at 1,2,5\n"
         "  build/bin/crease savings fit --model B --object pinvW --nets affine+relu:1,tanh:5\n\n"
         "Consumption and savings under a borrowing limit: solutions, their kinks, and networks fitted to "
         "them.\n\n"
         "Usage: crease savings [--folder DIR] [--starts N] [--seed N]\n"
         "           the demonstration: tables, pictures in build/plots");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("       crease savings %s %s\n           %s\n", commands[i].name, commands[i].usage,
               commands[i].does);
    puts("       crease savings fit FILE --x COL --value COL ...\n"
         "           your own value function: its kinks, a network that keeps them, the policy; help: fit "
         "FILE --help");
    puts("\n'crease savings COMMAND --help' shows the examples and options of each.");
    return crease_app_end(&app);
}

_Noreturn static void refuse(const char *name) {
    const char *known[COMMANDS + 1] = {"help"};
    char list[256] = "";
    for (size_t i = 0; i < COMMANDS; i++) {
        known[i + 1] = commands[i].name;
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s, ", commands[i].name);
    }
    const char *meant = crease_app_did_you_mean(name, known, COMMANDS + 1);
    if (meant)
        crease_app_usage_error(&app, "unknown command '%s'; did you mean '%s'?", name, meant);
    crease_app_usage_error(&app, "unknown command '%s'; there are %sand the demonstration without a command",
                           name, list);
}

int main(int argc, char **argv) {
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0))
        return print_help();
    if (argc < 2 || argv[1][0] == '-')
        return savings_demo_command(argc, argv);
    if (strcmp(argv[1], "fit") == 0 && savings_own_is_meant(argc - 1, argv + 1))
        return savings_own_command(argc - 1, argv + 1);
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    refuse(argv[1]);
}
