/* crease-labs: a lab by its name, all of them, or the list. */
#include "labs/program/program.h"

enum { MOST_LABS = 30 };

int main(int argc, char **argv) {
    const crease_app app = {.name = "crease labs",
                            .examples =
                                "  build/bin/crease labs\n"
                                "  build/bin/crease labs gating --samples 100000 --plot build/gating.png\n"
                                "  build/bin/crease labs all --json\n"};
    crease_app_command commands[MOST_LABS + 1] = {
        {"all", "[--folder DIR] [--json]", "every lab at its first settings, with pictures", labs_all_main}};
    size_t count = 1;
    for (const lab_experiment *lab; count <= MOST_LABS && (lab = lab_at(count - 1)); count++)
        commands[count] = (crease_app_command){lab->name, "[knobs]", lab->claim, labs_one_main};
    const crease_app_program program = {"What is said of ReLU, as experiments: claim, measurement, verdict.",
                                        "", labs_list_main, commands, count};
    return crease_app_run_program(&app, &program, argc, argv);
}
