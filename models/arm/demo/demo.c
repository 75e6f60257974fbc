/* crease arm without a command: the demonstration. */
#include "arm/demo/demo.h"
#include "arm/commands.h"

enum { KEY_FOLDER = 500 };

static const struct argp_option options[] = {
    {"folder", KEY_FOLDER, "DIR", 0, "where the pictures go (build/plots)", 0}, {0}};

static error_t parse_option(int key, char *text, struct argp_state *state) {
    arm_demo *demo = state->input;
    switch (key) {
    case KEY_FOLDER:
        demo->folder = text;
        return 0;
    case ARGP_KEY_ARG:
        crease_app_usage_error(
            &demo->app, "the demonstration takes options only, and so not '%s'; a command comes first", text);
    case ARGP_KEY_END:
        if (demo->app.json)
            crease_app_usage_error(&demo->app,
                                   "the demonstration has no --json; 'crease arm step --json' has");
        if (demo->app.plot)
            crease_app_usage_error(&demo->app,
                                   "the demonstration draws several pictures; --folder DIR says where");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int arm_demo_command(int argc, char **argv) {
    static const struct argp argp = {
        options,
        parse_option,
        NULL,
        "The elbow of a robot arm under proportional control by pairs of ReLU, tanh and "
        "sigmoid units: comparison tables and pictures. 'crease arm step' simulates one "
        "step with your own settings.",
        NULL,
        NULL,
        NULL};
    arm_demo demo = {.app = {.name = "crease arm",
                             .examples = "  build/bin/crease arm\n"
                                         "  build/bin/crease arm step --act tanh --reference 1.5 --plot -\n"
                                         "  build/bin/crease arm step --law PDx --act sigmoid --json\n"},
                     .folder = "build/plots"};
    crease_app_parse(&demo.app, &argp, argc, argv, &demo);
    crease_app_catch_interrupt();
    int code = arm_demo_steps(&demo);
    if (code == CREASE_EXIT_OK)
        code = arm_demo_sweep(&demo);
    if (code == CREASE_EXIT_OK)
        code = arm_demo_fits(&demo);
    if (code == CREASE_EXIT_OK && !crease_app_interrupted(NULL))
        code = arm_demo_commands(&demo);
    if (code == CREASE_EXIT_OK && crease_app_interrupted(NULL)) {
        crease_app_note(&demo.app, "interrupted; the last table shows the best fits so far");
        code = CREASE_EXIT_INTERRUPTED;
    }
    return code == CREASE_EXIT_OK ? crease_app_end(&demo.app) : code;
}
