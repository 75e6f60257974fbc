/* crease-labs: a lab by its name, all of them, or the list. */
#include "labs/program/program.h"
#include <stdlib.h>

int main(int argc, char **argv) {
    const crease_app app = {.name = "crease labs",
                            .examples =
                                "  build/bin/crease labs\n"
                                "  build/bin/crease labs gating --samples 100000 --plot build/gating.png\n"
                                "  build/bin/crease labs all --json\n"};
    const size_t count = lab_total() + 2;
    crease_app_command *commands = calloc(count, sizeof *commands);
    if (!commands)
        return crease_app_fail_text(&app, CREASE_EXIT_INTERNAL, "out of memory for the list of labs");
    commands[0] = (crease_app_command){"all", "[--folder DIR] [--json]",
                                       "every lab at its first settings, with pictures", labs_all_main};
    commands[1] = (crease_app_command){
        "report", "OUT.html", "every lab on one page, with pictures that can be read off", labs_report_main};
    for (size_t i = 0; i < lab_total(); i++)
        commands[i + 2] = (crease_app_command){lab_at(i)->name, "[knobs]", lab_at(i)->claim, labs_one_main};
    const crease_app_program program = {
        .about = "What is said of ReLU, as experiments: claim, measurement, verdict.",
        .demonstration_usage = "",
        .demonstration_is = "the list of labs",
        .demonstration = labs_list_main,
        .command = commands,
        .count = count};
    const int code = crease_app_run_program(&app, &program, argc, argv);
    free(commands);
    return code;
}
