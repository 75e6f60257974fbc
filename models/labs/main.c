/* crease-labs: a lab by its name, all of them, or the list. */
#include "labs/program/program.h"

enum { MOST_LABS = 30 };

int main(int argc, char **argv) {
    const crease_app app = {.name = "crease labs",
                            .examples =
                                "  build/bin/crease labs\n"
                                "  build/bin/crease labs gating --samples 100000 --plot build/gating.png\n"
                                "  build/bin/crease labs all --json\n"};
    crease_app_command commands[MOST_LABS + 2] = {
        {"all", "[--folder DIR] [--json]", "every lab at its first settings, with pictures", labs_all_main},
        {"report", "OUT.html", "every lab on one page, with pictures that can be read off",
         labs_report_main}};
    size_t count = 2;
    for (const lab_experiment *lab; count < MOST_LABS + 2 && (lab = lab_at(count - 2)) != NULL; count++)
        commands[count] = (crease_app_command){lab->name, "[knobs]", lab->claim, labs_one_main};
    const crease_app_program program = {
        .about = "What is said of ReLU, as experiments: claim, measurement, verdict.",
        .demonstration_usage = "",
        .demonstration_is = "the list of labs",
        .demonstration = labs_list_main,
        .command = commands,
        .count = count};
    return crease_app_run_program(&app, &program, argc, argv);
}
