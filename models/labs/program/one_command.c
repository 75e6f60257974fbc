/* crease labs NAME: one lab with its knobs. */
#include "crease/app.h"
#include "labs/program/program.h"
#include <stdlib.h>
#include <string.h>

enum { KEY_KNOB = 2000, KEY_FALSIFY = 2100 };

typedef struct one_run {
    crease_app app;
    const lab_experiment *lab;
    lab_setup setup;
} one_run;

static error_t parse_option(int key, char *text, struct argp_state *state) {
    one_run *run = state->input;
    if (key >= KEY_KNOB && key < KEY_KNOB + LAB_KNOBS) {
        const lab_knob *knob = &run->lab->knob[key - KEY_KNOB];
        char option[64];
        snprintf(option, sizeof option, "--%s", knob->name);
        run->setup.knob[key - KEY_KNOB] = crease_app_number(&run->app, option, text);
        return 0;
    }
    if (key == KEY_FALSIFY) {
        run->setup.falsified = true;
        return 0;
    }
    if (key == ARGP_KEY_ARG)
        crease_app_usage_error(&run->app, "'%s' is one argument too many; everything is given by options",
                               text);
    return ARGP_ERR_UNKNOWN;
}

/* The knobs as options; their texts live until the program ends. */
static crease_status knob_options(const lab_experiment *lab, struct argp_option *options,
                                  crease_error *error) {
    size_t count = 0;
    for (; count < LAB_KNOBS && lab->knob[count].name; count++) {
        const lab_knob *knob = &lab->knob[count];
        char *doc;
        if (asprintf(&doc, "%s (%g)", knob->what, knob->value) < 0)
            return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the options of lab %s", lab->name);
        options[count] =
            (struct argp_option){knob->name, KEY_KNOB + (int)count, knob->whole ? "N" : "X", 0, doc, 1};
    }
    options[count] = (struct argp_option){
        "falsify",
        KEY_FALSIFY,
        NULL,
        0,
        "falsify the claim on purpose, to see that the verdict depends on what is measured",
        2};
    return CREASE_OK;
}

int labs_perform(const crease_app *app, const lab_experiment *lab, lab_setup setup, lab_run **run) {
    crease_error error;
    setup.seed = app->seed;
    setup.threads = app->threads;
    setup.interrupted = crease_app_interrupted;
    if (lab_perform(lab, &setup, run, &error) != CREASE_OK)
        return crease_app_fail(app, &error);
    if (crease_app_interrupted(NULL)) {
        lab_run_free(*run);
        *run = NULL;
        return crease_app_fail_text(app, CREASE_EXIT_INTERRUPTED, "interrupted before lab %s had a verdict",
                                    lab->name);
    }
    return CREASE_EXIT_OK;
}

static int report(const one_run *r, const lab_run *run) {
    const crease_app *app = &r->app;
    int code = CREASE_EXIT_OK;
    if (app->json) {
        json_t *object = crease_json_begin("labs"), *list = json_array();
        json_array_append_new(list, labs_json(run));
        json_object_set_new(object, "labs", list);
        crease_json_set_count(object, "seed", (size_t)app->seed);
        code = crease_json_finish(app, object);
    } else if (!crease_app_is_standard_output(app->plot)) {
        labs_print(run, stdout);
        code = crease_app_end(app);
    }
    if (code != CREASE_EXIT_OK || !app->plot)
        return code;
    crease_plot *plot;
    crease_error error;
    if (labs_picture(run, &plot, &error) != CREASE_OK)
        return crease_app_fail(app, &error);
    return crease_app_draw(app, plot, app->plot, run->sentence[0]);
}

int labs_one_main(int argc, char **argv) {
    struct argp_option options[LAB_KNOBS + 2] = {{0}};
    one_run r = {.lab = lab_find(argv[0])};
    char *name = NULL, *examples = NULL, *doc = NULL;
    crease_error error;
    r.app.name = "crease labs";
    if (asprintf(&name, "crease labs %s", argv[0]) < 0 ||
        asprintf(&examples,
                 "  build/bin/crease labs %s\n"
                 "  build/bin/crease labs %s --plot build/%s.png\n"
                 "  build/bin/crease labs %s --falsify --json\n",
                 argv[0], argv[0], argv[0], argv[0]) < 0 ||
        asprintf(&doc, "%s\v--falsify: %s.", r.lab->claim, r.lab->control) < 0)
        return crease_app_fail_text(&r.app, CREASE_EXIT_INTERNAL, "out of memory for the help of a lab");
    if (knob_options(r.lab, options, &error) != CREASE_OK)
        return crease_app_fail(&r.app, &error);
    r.app.name = name;
    r.app.examples = examples;
    r.setup = lab_setup_default(r.lab);
    const struct argp argp = {options, parse_option, NULL, doc, NULL, NULL, NULL};
    crease_app_parse(&r.app, &argp, argc, argv, &r);
    crease_app_check_outputs(&r.app, NULL);
    crease_app_catch_interrupt();
    lab_run *run = NULL;
    int code = labs_perform(&r.app, r.lab, r.setup, &run);
    if (code == CREASE_EXIT_OK)
        code = report(&r, run);
    lab_run_free(run);
    for (size_t i = 0; options[i].key >= KEY_KNOB && options[i].key < KEY_KNOB + LAB_KNOBS; i++)
        free((char *)options[i].doc);
    free(name);
    free(examples);
    free(doc);
    return code;
}
