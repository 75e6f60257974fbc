/* crease arm without a command: the demonstration. */
#include "arm/demo.h"
#include "crease/crease.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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
        crease_app_usage_error(&demo->app, "unknown command '%s'; the command is step", text);
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

crease_status arm_case_run(arm_case *c, arm_law law, arm_pair pair, double gain, bool gravity,
                           const arm_options *motion_options, crease_error *error) {
    crease_status status = arm_plant_find("A", &c->plant, error);
    if (!gravity)
        c->plant.gravity = 0;
    c->controller = arm_controller_default(law, pair);
    c->controller.gain = gain;
    c->options = *motion_options;
    if (status == CREASE_OK)
        status = arm_motion_new(&c->plant, &c->controller, &c->options, &c->motion, error);
    if (status == CREASE_OK)
        status = arm_motion_measure(c->motion, &c->metrics, error);
    if (status == CREASE_OK)
        c->linear = arm_linearise(&c->plant, &c->controller, c->options.reference, c->metrics.q_ss_rad);
    return status;
}

int arm_demo_draw(const arm_demo *demo, crease_plot *plot, const char *name, const char *what_to_see) {
    static const char *const ending[] = {"svg", "png"};
    crease_error error;
    crease_status status = CREASE_OK;
    char path[4096] = "";
    for (size_t i = 0; i < 2 && status == CREASE_OK; i++) {
        if (snprintf(path, sizeof path, "%s/%s.%s", demo->folder, name, ending[i]) >= (int)sizeof path)
            status = crease_fail(&error, CREASE_BAD_ARGUMENT, "the folder's name is too long");
        else
            status = crease_plot_draw(plot, path, &error);
    }
    crease_plot_free(plot);
    if (status != CREASE_OK)
        return crease_app_fail(&demo->app, &error);
    if (!demo->app.quiet)
        printf("  %s (and .svg): %s\n", path, what_to_see);
    return CREASE_EXIT_OK;
}

/* Every missing folder on the way; a failure shows when the first picture is written. */
static void make_folders(const char *folder) {
    char *path = strdup(folder);
    for (char *slash = path ? strchr(path + (*path != '\0'), '/') : NULL; slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0777);
        *slash = '/';
    }
    if (path)
        mkdir(path, 0777);
    free(path);
}

int arm_demo_command(int argc, char **argv) {
    static const struct argp argp = {
        options,
        parse_option,
        "[step ...]",
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
    make_folders(demo.folder);
    int code = arm_demo_steps(&demo);
    if (code == CREASE_EXIT_OK)
        code = arm_demo_fits(&demo);
    if (code == CREASE_EXIT_OK && crease_app_interrupted(NULL)) {
        crease_app_note(&demo.app, "interrupted; the last table shows the best fits so far");
        code = CREASE_EXIT_INTERRUPTED;
    }
    return code == CREASE_EXIT_OK ? crease_app_end(&demo.app) : code;
}
