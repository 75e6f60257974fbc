/* crease COMMAND ...: finds the command, here or in a sibling program, and runs it. */
#include "commands.h"
#include "crease/app.h"
#include "crease/crease.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct command {
    const char *name, *summary;
    int (*run)(int argc, char **argv); /* NULL: the sibling program crease-NAME */
} command;

static const command commands[] = {
    {"fit", "fit one network to the columns of a CSV file", command_fit},
    {"compare", "compare networks on the same data: ReLU, tanh and sigmoid unless told", command_compare},
    {"knots", "the best piecewise-linear fit, proven to be the best, and how sure its knots are",
     command_knots},
    {"eval", "predictions of a fitted network as CSV", command_eval},
    {"convert", "a model in another form: JSON, ONNX, C or a polyline", command_convert},
    {"verify", "prove that a network never does what a specification describes, or find where it does",
     command_verify},
    {"check-proof", "is a file a proof that a network does not violate a specification?", NULL},
    {"kinks", "kinks in data whose sides may be curved", command_kinks},
    {"regions", "the linear regions of a network, exactly", command_regions},
    {"range", "smallest and largest outputs of a network over a box", command_range},
    {"milp", "a question about a network as a mixed-integer program", command_milp},
    {"robust", "how far a point can move before the output moves", command_robust},
    {"traffic", "fundamental diagrams of traffic flow", NULL},
    {"savings", "consumption and savings under a borrowing limit", NULL},
    {"arm", "a robot arm under neural control", NULL},
    {"labs", "what is said of ReLU, as experiments with a verdict", NULL},
};

enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static crease_app app = {.name = "crease"};

static int list_commands(void) {
    puts("Examples:");
    puts("  build/bin/crease fit data/clip.csv -x e -y u --net affine+relu:2");
    puts("  build/bin/crease compare data/clip.csv -x e -y u");
    puts("  build/bin/crease traffic");
    puts("\ncrease fits small ReLU networks to systems with kinks and says where the kinks are.");
    puts("\nCommands:");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-11s  %s\n", commands[i].name, commands[i].summary);
    puts("\n'crease help COMMAND' shows the examples and options of one; 'crease --version' the version.");
    return crease_app_end(&app);
}

static _Noreturn void unknown_command(const char *word) {
    const char *known[COMMAND_COUNT + 1];
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        known[i] = commands[i].name;
    known[COMMAND_COUNT] = "help";
    const char *meant = crease_app_did_you_mean(word, known, COMMAND_COUNT + 1);
    if (meant)
        crease_app_usage_error(&app, "unknown command '%s'; did you mean '%s'?", word, meant);
    crease_app_usage_error(&app, "unknown command '%s'", word);
}

static const command *find_command(const char *word) {
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(word, commands[i].name) == 0)
            return &commands[i];
    unknown_command(word);
}

static int run_command(const command *chosen, int argc, char **argv) {
    if (chosen->run)
        return chosen->run(argc, argv);
    char program[32];
    snprintf(program, sizeof program, "crease-%s", chosen->name);
    argv[0] = program;
    return crease_app_run_sibling(&app, program, argv);
}

int main(int argc, char **argv) {
    if (argc < 2 || strcmp(argv[1], "--help") == 0)
        return list_commands();
    if (strcmp(argv[1], "--version") == 0) {
        printf("crease %s\n", CREASE_VERSION);
        return crease_app_end(&app);
    }
    if (strcmp(argv[1], "help") == 0) {
        if (argc == 2)
            return list_commands();
        /* the command of a program of several commands may follow: crease help arm step */
        char help[] = "--help", *words[] = {argv[2], argc > 3 ? argv[3] : help, argc > 3 ? help : NULL, NULL};
        return run_command(find_command(argv[2]), argc > 3 ? 3 : 2, words);
    }
    if (argv[1][0] == '-')
        crease_app_usage_error(&app, "the command comes first, and then its options: crease COMMAND %s",
                               argv[1]);
    return run_command(find_command(argv[1]), argc - 1, argv + 1);
}
