/* crease labs all: every lab at its first settings. */
#include "crease/app.h"
#include "labs/program/program.h"
#include <stdlib.h>

enum { KEY_FOLDER = 2200, KEY_LABS };

typedef struct all_run {
    crease_app app;
    const char *folder;
    char **chosen; /* NULL: all */
    size_t chosen_count, verdicts[3];
    json_t *list; /* with --json */
} all_run;

static const struct argp_option options[] = {
    {"folder", KEY_FOLDER, "DIR", 0, "draw every lab's picture there, as labs_NAME.svg and .png", 0},
    {"labs", KEY_LABS, "NAME,..", 0, "only these", 0},
    {0}};

static error_t parse_option(int key, char *text, struct argp_state *state) {
    all_run *run = state->input;
    switch (key) {
    case KEY_FOLDER:
        run->folder = text;
        return 0;
    case KEY_LABS:
        run->chosen = labs_chosen(&run->app, text, &run->chosen_count);
        return 0;
    case ARGP_KEY_ARG:
        crease_app_usage_error(&run->app, "'%s' is one argument too many; 'crease labs NAME' runs one lab",
                               text);
    case ARGP_KEY_END:
        if (run->app.plot)
            crease_app_usage_error(&run->app, "all draws many pictures; --folder DIR says where");
        if (run->app.json && run->folder)
            crease_app_usage_error(&run->app, "with --json there are no pictures; leave out --folder");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

char **labs_chosen(const crease_app *app, const char *text, size_t *count) {
    const char **known = calloc(lab_total(), sizeof *known);
    for (size_t i = 0; known && i < lab_total(); i++)
        known[i] = lab_at(i)->name;
    char **chosen = crease_app_list(app, "--labs", text, count);
    for (size_t i = 0; i < *count; i++) {
        const char *meant =
            known && !lab_find(chosen[i]) ? crease_app_did_you_mean(chosen[i], known, lab_total()) : NULL;
        if (meant)
            crease_app_usage_error(app, "there is no lab '%s'; did you mean '%s'?", chosen[i], meant);
        if (!lab_find(chosen[i]))
            crease_app_usage_error(app, "there is no lab '%s'; 'crease labs' lists them", chosen[i]);
    }
    free(known);
    return chosen;
}

int labs_perform_all(const crease_app *app, char *const *chosen, size_t count,
                     int (*show)(const lab_run *run, void *context), void *context) {
    int code = CREASE_EXIT_OK;
    if (!chosen)
        count = lab_total();
    crease_progress progress = crease_progress_begin(app, "labs");
    for (size_t i = 0; i < count && code == CREASE_EXIT_OK; i++) {
        const lab_experiment *lab = chosen ? lab_find(chosen[i]) : lab_at(i);
        lab_run *run;
        code = labs_perform(app, lab, lab_setup_default(lab), &run);
        if (code == CREASE_EXIT_OK)
            code = show(run, context);
        else if (code == CREASE_EXIT_UNAVAILABLE) /* said, and the others go on */
            code = CREASE_EXIT_OK;
        lab_run_free(run);
        crease_progress_update(i + 1, count, &progress);
    }
    crease_progress_end(&progress);
    return code;
}

static int show(const lab_run *run, void *context) {
    all_run *r = context;
    crease_error error;
    crease_plot *plot;
    char name[64];
    r->verdicts[run->verdict]++;
    if (r->list) {
        json_array_append_new(r->list, labs_json(run));
        return CREASE_EXIT_OK;
    }
    labs_print(run, stdout);
    putchar('\n');
    if (!r->folder || !run->panels)
        return crease_app_end(&r->app);
    snprintf(name, sizeof name, "labs_%s", run->lab->name);
    if (labs_picture(run, &plot, &error) != CREASE_OK)
        return crease_app_fail(&r->app, &error);
    const int code = crease_app_draw_in_folder(&r->app, plot, r->folder, name, run->sentence[0]);
    putchar('\n');
    return code;
}

int labs_all_main(int argc, char **argv) {
    static const struct argp argp = {
        options, parse_option, NULL, "Runs every lab at its first settings: claims, measurements, verdicts.",
        NULL,    NULL,         NULL};
    all_run r = {.app = {.name = "crease labs all",
                         .examples = "  build/bin/crease labs all\n"
                                     "  build/bin/crease labs all --folder build/plots\n"
                                     "  build/bin/crease labs all --json\n"}};
    crease_app_parse(&r.app, &argp, argc, argv, &r);
    crease_app_catch_interrupt();
    if (r.app.json)
        r.list = json_array();
    int code = labs_perform_all(&r.app, r.chosen, r.chosen_count, show, &r);
    crease_app_list_free(r.chosen, r.chosen_count);
    if (r.app.json) { /* interrupted: those that have ended */
        json_t *object = crease_json_begin("labs");
        json_object_set_new(object, "labs", r.list);
        crease_json_set_count(object, "seed", (size_t)r.app.seed);
        const int end = crease_json_finish(&r.app, object);
        return code ? code : end;
    }
    if (code == CREASE_EXIT_OK) {
        labs_print_verdicts(r.verdicts);
        code = crease_app_end(&r.app);
    }
    return code;
}
