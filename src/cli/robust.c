/* crease robust: how far a point can move before the output moves. */
#include "commands.h"
#include "robust_run.h"

enum { KEY_AT = 1100, KEY_TOLERANCE, KEY_CLASS, KEY_BOX, KEY_GAP, KEY_TIMEOUT, KEY_POINTS };

static const struct argp_option options[] = {
    {"at", KEY_AT, "X,..", 0, "the point", 1},
    {"tolerance", KEY_TOLERANCE, "T", 0, "no output may move by T or more", 1},
    {"class", KEY_CLASS, 0, 0, "the largest output must stay the largest", 1},
    {"box", KEY_BOX, "LO:HI,..", 0, "only points of this box count", 1},
    {"gap", KEY_GAP, "G", 0, "stop when radius and witness differ by this share (1e-6)", 2},
    {"timeout", KEY_TIMEOUT, "S", 0, "give up after S seconds", 2},
    {"points", KEY_POINTS, "N", 0, "random points of --box in the picture (100)", 2},
    {0}};

static void check_complete(const robust_run *run) {
    const crease_app *app = &run->app;
    exact_model_require(app, run->model_path);
    if (!run->at.count)
        crease_app_usage_error(app, "say where: --at X,X,.., a number for each input");
    if (run->of_class == (run->tolerance > 0))
        crease_app_usage_error(app, run->of_class ? "give either --tolerance or --class, not both"
                                                  : "say what must hold: --tolerance T, or --class");
    if (app->plot && !run->box.count)
        crease_app_usage_error(app, "the picture shows random points of a box: give --box");
}

static error_t parse_robust(int key, char *argument, struct argp_state *state) {
    robust_run *run = state->input;
    const crease_app *app = &run->app;
    switch (key) {
    case KEY_AT:
        exact_point_take(app, "--at", argument, &run->at);
        return 0;
    case KEY_TOLERANCE:
        run->tolerance = crease_app_positive(app, "--tolerance", argument);
        return 0;
    case KEY_CLASS:
        run->of_class = true;
        return 0;
    case KEY_BOX:
        exact_box_take(app, "--box", argument, &run->box);
        return 0;
    case KEY_GAP:
        run->gap = crease_app_positive(app, "--gap", argument);
        return 0;
    case KEY_TIMEOUT:
        run->timeout = crease_app_positive(app, "--timeout", argument);
        return 0;
    case KEY_POINTS:
        run->points = crease_app_count(app, "--points", argument, 1);
        return 0;
    case ARGP_KEY_ARG:
        exact_model_take(app, argument, &run->model_path);
        return 0;
    case ARGP_KEY_END:
        check_complete(run);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int prepare(robust_run *run) {
    const crease_app *app = &run->app;
    int code = exact_model_load(app, run->model_path, &run->net);
    if (code == 0)
        code = exact_box_must_fit(app, "--at", &run->at, run->model_path, run->net);
    if (code == 0 && run->box.count)
        code = exact_box_must_fit(app, "--box", &run->box, run->model_path, run->net);
    run->options = (crease_robust_options){.tolerance = run->tolerance,
                                           .lower = run->box.lower,
                                           .upper = run->box.upper,
                                           .gap = run->gap,
                                           .timeout = run->timeout,
                                           .threads = run->app.threads,
                                           .interrupted = crease_app_interrupted};
    return code;
}

typedef struct watch {
    crease_progress progress;
    size_t boxes;
} watch;

/* Asked at every box, by several threads. */
static bool interrupted(void *context) {
    watch *seen = context;
#pragma omp critical(robust_watch)
    crease_progress_update(++seen->boxes, 0, &seen->progress);
    return crease_app_interrupted(NULL);
}

static int find_radii(robust_run *run) {
    crease_error error;
    crease_app_catch_interrupt();
    watch seen = {.progress = crease_progress_begin(&run->app, "boxes")};
    crease_robust_options watched = run->options;
    watched.interrupted = interrupted;
    watched.context = &seen;
    crease_status status = crease_robust(run->net, run->at.lower, &watched, &run->result, &error);
    crease_progress_end(&seen.progress);
    return status == CREASE_OK ? 0 : crease_app_fail(&run->app, &error);
}

static int deliver(const robust_run *run) {
    bool certified = true;
    int code = run->app.json ? robust_print_json(run) : robust_print_text(run);
    for (size_t n = 0; n < CREASE_NORM_COUNT; n++)
        certified = certified && run->result.ball[n].certified;
    if (run->result.interrupted)
        return crease_app_end_interrupted(&run->app, code);
    if (code == 0 && run->app.plot)
        code = robust_draw(run);
    return code == 0 && !certified ? CREASE_EXIT_UNDECIDED : code;
}

int command_robust(int argc, char **argv) {
    static const char doc[] =
        "Says how far a point can move, in the norms L1, L2 and Linf, before some output moves by T, or the "
        "largest "
        "output is no longer the largest: the affine map at the point and the cell on which it holds, three "
        "radii that are safe, and points just beyond the largest of them that are not. Exit code 2 when "
        "radius and witness do not meet in time.";
    static const char examples[] =
        "  build/bin/crease robust data/torque.json --at 0.1,0 --tolerance 0.5\n"
        "  build/bin/crease robust data/torque.json --at 1,-1 --tolerance 1 --box=-2:2,-4:4 --json\n"
        "  build/bin/crease robust data/torque.json --at 0,0 --tolerance 1 --box=-2:2,-4:4 --plot "
        "build/robust.png\n";
    static const struct argp argp = {
        .options = options, .parser = parse_robust, .args_doc = "MODEL", .doc = doc};
    robust_run run = {.app = {.name = "crease robust", .examples = examples}, .points = 100};
    crease_app_parse(&run.app, &argp, argc, argv, &run);
    int code = prepare(&run);
    if (code == 0)
        code = find_radii(&run);
    if (code == 0)
        code = deliver(&run);
    crease_robust_result_clear(&run.result);
    crease_net_free(run.net);
    exact_box_clear(&run.at);
    exact_box_clear(&run.box);
    return code;
}
