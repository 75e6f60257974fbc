/* crease labs all: every lab at its first settings. */
#include "crease/app.h"
#include "labs/program/program.h"

enum { KEY_FOLDER = 2200 };

typedef struct all_run {
    crease_app app;
    const char *folder;
} all_run;

static const struct argp_option options[] = {
    {"folder", KEY_FOLDER, "DIR", 0, "draw every lab's picture there, as labs_NAME.svg and .png", 0}, {0}};

static error_t parse_option(int key, char *text, struct argp_state *state) {
    all_run *run = state->input;
    switch (key) {
    case KEY_FOLDER:
        run->folder = text;
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

static int show(const all_run *r, const lab_run *run) {
    crease_error error;
    crease_plot *plot;
    char name[64];
    labs_print(run, stdout);
    putchar('\n');
    if (!r->folder)
        return crease_app_end(&r->app);
    snprintf(name, sizeof name, "labs_%s", run->lab->name);
    if (labs_picture(run, &plot, &error) != CREASE_OK)
        return crease_app_fail(&r->app, &error);
    return crease_app_draw_in_folder(&r->app, plot, r->folder, name, run->sentence[0]);
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
    json_t *list = json_array();
    size_t verdicts[3] = {0}, count = 0;
    int code = CREASE_EXIT_OK;
    while (lab_at(count))
        count++;
    crease_progress progress = crease_progress_begin(&r.app, "labs");
    for (size_t i = 0; i < count && code == CREASE_EXIT_OK; i++) {
        lab_setup setup = lab_setup_default(lab_at(i));
        lab_run *run;
        setup.seed = r.app.seed;
        setup.threads = r.app.threads;
        setup.interrupted = crease_app_interrupted;
        code = labs_perform(&r.app, lab_at(i), &setup, &run);
        if (code != CREASE_EXIT_OK)
            break;
        verdicts[run->verdict]++;
        if (r.app.json)
            json_array_append_new(list, labs_json(run));
        else
            code = show(&r, run);
        lab_run_free(run);
        crease_progress_update(i + 1, count, &progress);
    }
    crease_progress_end(&progress);
    if (r.app.json && (code == CREASE_EXIT_OK || code == CREASE_EXIT_INTERRUPTED)) {
        json_t *object = crease_json_begin("labs");
        json_object_set(object, "labs", list);
        crease_json_set_count(object, "seed", (size_t)r.app.seed);
        const int end = crease_json_finish(&r.app, object);
        code = code ? code : end;
    } else if (code == CREASE_EXIT_OK) {
        printf("%zu labs: %zu confirmed, %zu confirmed with limits, %zu refuted as stated.\n", count,
               verdicts[LAB_CONFIRMED], verdicts[LAB_CONFIRMED_WITH_LIMITS], verdicts[LAB_REFUTED]);
        code = crease_app_end(&r.app);
    }
    json_decref(list);
    return code;
}
