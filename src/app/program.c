/* Programs of several commands: which one is meant, and what there is. */
#include "crease/app.h"
#include <stdio.h>
#include <string.h>

enum { MOST_COMMANDS = 30 };

static int print_help(const crease_app *app, const crease_app_program *program) {
    printf("Examples:\n%s\n%s\n\nUsage: %s %s\n           %s\n", app->examples, program->about, app->name,
           program->demonstration_usage,
           program->demonstration_is ? program->demonstration_is
                                     : "the demonstration: tables, pictures in build/plots");
    for (size_t i = 0; i < program->count; i++) {
        const crease_app_command *c = &program->command[i];
        printf("       %s %s %s\n           %s\n", app->name, c->name, c->usage, c->does);
    }
    printf("\n'%s COMMAND --help' shows the examples and options of each.\n", app->name);
    return crease_app_end(app);
}

_Noreturn static void refuse(const crease_app *app, const crease_app_program *program, const char *name) {
    const char *known[MOST_COMMANDS] = {"help"};
    char list[512] = "";
    size_t count = program->count < MOST_COMMANDS - 1 ? program->count : MOST_COMMANDS - 1;
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(list);
        known[i + 1] = program->command[i].name;
        snprintf(list + used, sizeof list - used, "%s, ", known[i + 1]);
    }
    const char *meant = crease_app_did_you_mean(name, known, count + 1);
    if (meant)
        crease_app_usage_error(app, "unknown command '%s'; did you mean '%s'?", name, meant);
    crease_app_usage_error(app, "unknown command '%s'; there are %sand %s without a command", name, list,
                           program->demonstration_is ? program->demonstration_is : "the demonstration");
}

static const crease_app_command *find(const crease_app *app, const crease_app_program *program,
                                      const char *name) {
    for (size_t i = 0; i < program->count; i++)
        if (strcmp(name, program->command[i].name) == 0)
            return &program->command[i];
    refuse(app, program, name);
}

int crease_app_run_program(const crease_app *app, const crease_app_program *program, int argc, char **argv) {
    char help[] = "--help";
    bool asks = argc > 1 && strcmp(argv[1], "help") == 0;
    if (asks && argc > 2)
        return find(app, program, argv[2])->run(2, (char *[]){argv[2], help, NULL});
    if (asks || (argc > 1 && strcmp(argv[1], help) == 0))
        return print_help(app, program);
    if (argc < 2 || argv[1][0] == '-')
        return program->demonstration(argc, argv);
    return find(app, program, argv[1])->run(argc - 1, argv + 1);
}
