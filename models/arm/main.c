/* crease-arm: `crease-arm step ...` simulates one step, without a command the demonstration runs. */
#include "arm/arm.h"
#include "crease/app.h"
#include <string.h>

int main(int argc, char **argv) {
    if (argc < 2 || argv[1][0] == '-')
        return arm_demo_command(argc, argv);
    if (strcmp(argv[1], "step") == 0)
        return arm_step_command(argc - 1, argv + 1);
    crease_app app = {.name = "crease arm"};
    const char *known[] = {"step"}, *meant = crease_app_did_you_mean(argv[1], known, 1);
    if (meant)
        crease_app_usage_error(&app, "unknown command '%s'; did you mean '%s'?", argv[1], meant);
    crease_app_usage_error(&app, "unknown command '%s'; the command is step, and none runs the demonstration",
                           argv[1]);
}
