/* crease-savings: a subcommand, or the demonstration. */
#include "savings/own/own_program.h"
#include "savings/program.h"
#include "savings/risk/risk_program.h"

static int fit(int argc, char **argv) {
    return savings_own_is_meant(argc, argv) ? savings_own_command(argc, argv)
                                            : savings_fit_command(argc, argv);
}

static const crease_app_command commands[] = {
    {"solve", "--model A|B|C|D|K3|D1 ...", "a solution and its kinks", savings_solve_command},
    {"fit", "--model A|B|C|D|K3|D1 ...",
     "networks fitted to value and policy; or, FILE.csv --x COL --value COL, to a value function of your "
     "own:\n"
     "           its kinks, a network that keeps them, the policy (help: fit FILE --help)",
     fit},
    {"bound", "MODEL.json --model A ...", "how far a fitted value can be from the true one, at any state",
     savings_bound_command},
    {"plane", "--model B|C ...", "two states: the kink of the value is a line", savings_plane_command},
    {"lifecycle", "...", "a policy for every age, and a cohort", savings_lifecycle_command},
    {"distribution", "...", "who holds how much in the long run", savings_distribution_command},
    {"sovereign", "...", "default with endogenous prices", savings_sovereign_command},
    {"claims", "[--model ...]", "which functions have a kink at the borrowing limit, measured",
     savings_claims_command},
};

int main(int argc, char **argv) {
    const crease_app app = {
        .name = "crease savings",
        .examples = "  build/bin/crease savings\n"
                    "  build/bin/crease savings solve --model K3 --at 1,2,5\n"
                    "  build/bin/crease savings fit --model B --object pinvW --nets affine+relu:1,tanh:5\n"};
    const crease_app_program program = {"Consumption and savings under a borrowing limit: solutions, their "
                                        "kinks, and networks fitted to them.",
                                        "[--folder DIR] [--starts N] [--seed N]",
                                        NULL,
                                        savings_demo_command,
                                        commands,
                                        sizeof commands / sizeof *commands};
    return crease_app_run_program(&app, &program, argc, argv);
}
