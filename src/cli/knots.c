/* crease knots: the best continuous piecewise-linear fit with a certificate, how sure its knots are, and how many. */
#include "commands.h"
#include "knots_run.h"
#include "model.h"
#include "regression.h"
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_KNOTS = 700,
    KEY_NORM,
    KEY_CONCAVE,
    KEY_CONVEX,
    KEY_INCREASING,
    KEY_DECREASING,
    KEY_SLOPES,
    KEY_FIXED_KNOTS,
    KEY_FIXED_POINTS,
    KEY_MIN_POINTS,
    KEY_CRITERION,
    KEY_BOOTSTRAP,
    KEY_PROFILE,
    KEY_WORK
};

static const struct argp_option options[] = {
    {0, 'x', "COL", 0, "input column, by name or 1-based number", 1},
    {0, 'y', "COL", 0, "output column", 1},
    {"knots", KEY_KNOTS, "K|auto", 0, "number of knots, or chosen by BIC and by cross-validation", 1},
    {"criterion", KEY_CRITERION, "NAME", 0, "which choice of --knots auto is fitted: bic (default) or cv", 1},
    {"norm", KEY_NORM, "NAME", 0, "l2 (default): least squares; linf: least largest error", 1},
    {"min-points", KEY_MIN_POINTS, "M", 0, "least number of distinct inputs a piece (3); 0: none", 1},
    {0, 0, 0, 0, "Rules that the function must keep:", 3},
    {"concave", KEY_CONCAVE, 0, 0, "slopes fall", 0},
    {"convex", KEY_CONVEX, 0, 0, "slopes rise", 0},
    {"increasing", KEY_INCREASING, 0, 0, "no slope below 0", 0},
    {"decreasing", KEY_DECREASING, 0, 0, "no slope above 0", 0},
    {"slopes", KEY_SLOPES, "LO,HI", 0, "every slope within these", 0},
    {"fixed-knots", KEY_FIXED_KNOTS, "X,..", 0, "knots at these places, part of the K", 0},
    {"fixed-points", KEY_FIXED_POINTS, "X,Y,..", 0, "the function passes through these points", 0},
    {0, 0, 0, 0, "How sure, and what is written:", 4},
    {"bootstrap", KEY_BOOTSTRAP, "N", 0, "intervals from N resamples of the rows instead of the delta method",
     0},
    {"profile", KEY_PROFILE, "FILE", 0,
     "the error against the place of each knot: a table in FILE.csv, or a picture in FILE.png, .svg, .pdf, "
     ".html",
     0},
    {"work", KEY_WORK, "W", 0, "how much to spend on the proof, in units of the search (20)", 0},
    {"output", 'o', "MODEL", 0, "write the function: MODEL.json as a network, MODEL.csv as a polyline", 0},
    {0}};

static void limit_slopes(knots_run *run, const char *option, double least, double largest) {
    if (run->knots.slope_limits)
        crease_app_usage_error(&run->app, "%s: --increasing, --decreasing and --slopes exclude one another",
                               option);
    run->slope_limits[0] = least;
    run->slope_limits[1] = largest;
    run->knots.slope_limits = run->slope_limits;
}

static void set_curvature(knots_run *run, crease_curvature curvature) {
    if (run->knots.curvature != CREASE_ANY_CURVATURE && run->knots.curvature != curvature)
        crease_app_usage_error(&run->app, "a function that is concave and convex is a line: --knots 0");
    run->knots.curvature = curvature;
}

static void take_slopes(knots_run *run, const char *text) {
    size_t count = 0;
    double *pair = crease_app_numbers(&run->app, "--slopes", text, &count);
    if (count != 2 || !(pair[0] <= pair[1]))
        crease_app_usage_error(
            &run->app, "--slopes takes the least and the largest slope, as in -1,2.5, not '%s'", text);
    limit_slopes(run, "--slopes", pair[0], pair[1]);
    free(pair);
}

static void take_fixed_points(knots_run *run, const char *text) {
    size_t count = 0;
    free(run->fixed_point);
    run->fixed_point = crease_app_numbers(&run->app, "--fixed-points", text, &count);
    if (count % 2 != 0)
        crease_app_usage_error(&run->app, "--fixed-points takes pairs, as in 0,0,150,0; '%s' has %zu numbers",
                               text, count);
    run->knots.fixed_point = run->fixed_point;
    run->knots.fixed_point_count = count / 2;
}

static bool choose(const knots_run *run, const char *option, const char *text, const char *first,
                   const char *second) {
    if (strcmp(text, second) == 0)
        return true;
    if (strcmp(text, first) != 0)
        crease_app_usage_error(&run->app, "%s takes %s or %s, not '%s'", option, first, second, text);
    return false;
}

static error_t parse_rule(knots_run *run, int key, const char *argument) {
    switch (key) {
    case KEY_CONCAVE:
    case KEY_CONVEX:
        set_curvature(run, key == KEY_CONVEX ? CREASE_CONVEX : CREASE_CONCAVE);
        return 0;
    case KEY_INCREASING:
        limit_slopes(run, "--increasing", 0, INFINITY);
        return 0;
    case KEY_DECREASING:
        limit_slopes(run, "--decreasing", -INFINITY, 0);
        return 0;
    case KEY_SLOPES:
        take_slopes(run, argument);
        return 0;
    case KEY_FIXED_KNOTS:
        free(run->fixed_knot);
        run->fixed_knot =
            crease_app_numbers(&run->app, "--fixed-knots", argument, &run->knots.fixed_knot_count);
        run->knots.fixed_knot = run->fixed_knot;
        return 0;
    case KEY_FIXED_POINTS:
        take_fixed_points(run, argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

bool knots_run_is_limited(const knots_run *run) {
    return run->knots.slope_limits || run->knots.curvature != CREASE_ANY_CURVATURE ||
           run->knots.fixed_knot_count > 0 || run->knots.fixed_point_count > 0;
}

static void check_complete(const knots_run *run) {
    const crease_app *app = &run->app;
    crease_app_data_require(app, &run->columns);
    if (!run->knots_given)
        crease_app_usage_error(app, "say how many knots: --knots 2, or --knots auto");
    if (run->minimax && (run->automatic || run->knots.fixed_knot_count || run->knots.fixed_point_count ||
                         run->replicates || run->profile_path))
        crease_app_usage_error(
            app, "--norm linf goes with a number of knots, shapes and slopes only: --knots auto, "
                 "fixed knots and points, --bootstrap and --profile belong to least squares");
    if (knots_run_is_limited(run) && (run->replicates || run->profile_path))
        crease_app_usage_error(
            app, "--bootstrap and --profile are for fits without shapes, slopes, fixed knots and "
                 "fixed points");
    if (run->automatic && run->knots.fixed_knot_count)
        crease_app_usage_error(app, "--fixed-knots goes with a number of knots, not with --knots auto");
    if (!run->automatic && run->knots.fixed_knot_count > run->knots.knots)
        crease_app_usage_error(app, "--fixed-knots names %zu knots, more than --knots %zu",
                               run->knots.fixed_knot_count, run->knots.knots);
    crease_app_check_outputs(app, "-o", run->model_path, "--profile", run->profile_path, NULL);
    if (run->model_path && strcmp(run->model_path, "-") != 0 && !model_path_ends(run->model_path, ".json") &&
        !model_path_ends(run->model_path, ".csv"))
        crease_app_usage_error(app, "-o writes MODEL.json (a network) or MODEL.csv (a polyline), not '%s'",
                               run->model_path);
}

static void take_number_of_knots(knots_run *run, const char *text) {
    run->automatic = strcmp(text, "auto") == 0;
    if (!run->automatic)
        run->knots.knots = crease_app_count(&run->app, "--knots", text, 0);
}

static void take_min_points(knots_run *run, const char *text) {
    size_t points = crease_app_count(&run->app, "--min-points", text, 0);
    run->knots.min_points = points == 0 ? CREASE_NO_MINIMUM : points;
}

static error_t parse_knots(int key, char *argument, struct argp_state *state) {
    knots_run *run = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &run->columns;
        return 0;
    case 'x':
        run->columns.x = argument;
        return 0;
    case 'y':
        run->columns.y = argument;
        return 0;
    case 'o':
        run->model_path = argument;
        return 0;
    case KEY_KNOTS:
        run->knots_given = true;
        take_number_of_knots(run, argument);
        return 0;
    case KEY_NORM:
        run->minimax = choose(run, "--norm", argument, "l2", "linf");
        return 0;
    case KEY_CRITERION:
        run->by_cv = choose(run, "--criterion", argument, "bic", "cv");
        return 0;
    case KEY_MIN_POINTS:
        take_min_points(run, argument);
        return 0;
    case KEY_BOOTSTRAP:
        run->replicates = crease_app_count(&run->app, "--bootstrap", argument, 39);
        return 0;
    case KEY_PROFILE:
        run->profile_path = argument;
        return 0;
    case KEY_WORK:
        run->knots.work = crease_app_number(&run->app, "--work", argument);
        run->knots.work = run->knots.work > 0 ? run->knots.work : -1;
        return 0;
    case ARGP_KEY_ARG:
        crease_app_data_take_file(&run->app, &run->columns, argument);
        return 0;
    case ARGP_KEY_END:
        check_complete(run);
        return 0;
    default:
        return parse_rule(run, key, argument);
    }
}

static int prepare(knots_run *run) {
    crease_error error;
    int code = can_write(&run->app, run->model_path);
    if (code == 0)
        code = can_write(&run->app, run->profile_path);
    if (code == 0)
        code = can_write(&run->app, run->app.plot);
    if (code == 0 && crease_app_data_load(&run->app, &run->columns, &run->data, &error) != CREASE_OK)
        code = crease_app_fail(&run->app, &error);
    if (code == 0 && run->data.data.inputs != 1)
        code =
            crease_app_fail_text(&run->app, CREASE_EXIT_USAGE,
                                 "knots lie on one input, but -x names %zu columns", run->data.data.inputs);
    return code;
}

static crease_status choose_number(knots_run *run, crease_progress *progress, crease_error *error) {
    crease_choice_options choosing = {.seed = run->app.seed,
                                      .threads = run->app.threads,
                                      .fit = &run->knots,
                                      .progress = crease_progress_update,
                                      .progress_context = progress};
    crease_status status = crease_knots_choose(&run->data.data, &choosing, &run->choice, error);
    run->knots.knots = run->by_cv ? run->choice.by_cv : run->choice.by_bic;
    return status;
}

static crease_status fit_minimax(knots_run *run, crease_error *error) {
    crease_minimax_options fitting = {.curvature = run->knots.curvature,
                                      .slope_limits = run->knots.slope_limits,
                                      .interrupted = crease_app_interrupted};
    crease_minimax_result result = {0};
    crease_status status = crease_minimax_fit(&run->data.data, run->knots.knots, &fitting, &result, error);
    run->best = (crease_knots_result){.pwl = result.pwl,
                                      .rows = result.rows,
                                      .points = result.points,
                                      .sse = result.sse,
                                      .rmse = result.rmse,
                                      .max_error = result.max_error,
                                      .lower_bound = result.lower_bound,
                                      .gap = result.gap,
                                      .certified = result.certified,
                                      .knots_asked = result.knots_asked};
    return status;
}

/* Of the test for a kink: as many as take about a second on long data. */
static size_t simulations(size_t rows) {
    const size_t most = 1999, least = 199, work = 20000000;
    size_t affordable = work / (rows + 1);
    return affordable > most ? most : affordable < least ? least : affordable;
}

static crease_status infer(knots_run *run, crease_progress *progress, crease_error *error) {
    const crease_data *data = &run->data.data;
    if (run->minimax || knots_run_is_limited(run)) {
        run->not_inferred = run->minimax ? "standard errors belong to least squares"
                                         : "with rules that may bind there is no plain standard error";
        return CREASE_OK;
    }
    run->inferred = true;
    crease_status status;
    if (run->replicates > 0) {
        crease_bootstrap_options bootstrap = {.replicates = run->replicates,
                                              .seed = run->app.seed,
                                              .threads = run->app.threads,
                                              .fit = &run->knots,
                                              .progress = crease_progress_update,
                                              .progress_context = progress,
                                              .interrupted = crease_app_interrupted};
        status = crease_pwl_bootstrap(run->best.pwl, data, &bootstrap, &run->inference, error);
    } else {
        status = crease_pwl_delta(run->best.pwl, data, 0, &run->inference, error);
    }
    if (status == CREASE_OK && run->best.pwl->knot_count > 0 && !crease_app_interrupted(NULL)) {
        crease_kink_test_options testing = {
            .simulations = simulations(data->n),

            .seed = run->app.seed,
            .threads = run->app.threads,
            .min_points = run->knots.min_points == CREASE_NO_MINIMUM ? 0 : run->knots.min_points,
            .interrupted = crease_app_interrupted};
        status = crease_kink_exists(data, &testing, &run->test, error);
        run->tested = status == CREASE_OK;
    }
    if (status == CREASE_OK && run->profile_path && !crease_app_interrupted(NULL)) {
        crease_profile_options profiling = {.threads = run->app.threads,
                                            .min_points = run->knots.min_points,
                                            .interrupted = crease_app_interrupted};
        status = crease_pwl_profile_new(run->best.pwl, data, &profiling, &run->profile, error);
    }
    return status;
}

static int fit(knots_run *run) {
    crease_error error;
    double began = omp_get_wtime();
    crease_progress progress = crease_progress_begin(&run->app, "searching");
    run->knots.interrupted = crease_app_interrupted;
    run->knots.progress = crease_progress_update;
    run->knots.progress_context = &progress;
    crease_app_catch_interrupt();
    crease_status status = CREASE_OK;
    if (run->automatic)
        status = choose_number(run, &progress, &error);
    if (status == CREASE_OK)
        status = run->minimax ? fit_minimax(run, &error)
                              : crease_knots_fit(&run->data.data, &run->knots, &run->best, &error);
    if (status == CREASE_OK)
        status = infer(run, &progress, &error);
    crease_progress_end(&progress);
    run->interrupted = crease_app_interrupted(NULL);
    run->seconds = omp_get_wtime() - began;
    if (status != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    if (!run->minimax && run->best.pwl->knot_count < run->best.knots_asked)
        crease_app_note(
            &run->app, "%zu distinct input%s carr%s at most %zu of the %zu knots%s", run->best.points,
            run->best.points == 1 ? "" : "s", run->best.points == 1 ? "ies" : "y", run->best.pwl->knot_count,
            run->best.knots_asked,
            run->knots.min_points == CREASE_NO_MINIMUM ? "" : "; --min-points 1 allows shorter pieces");
    return 0;
}

static crease_status write_model(const knots_run *run, crease_error *error) {
    if (model_path_ends(run->model_path, ".csv"))
        return crease_pwl_save(run->best.pwl, run->model_path, error);
    crease_net *net = NULL;
    crease_status status = crease_pwl_to_net(run->best.pwl, &net, error);
    if (status == CREASE_OK)
        status = crease_net_set_names(net, (const char *const *)run->data.input_name,
                                      (const char *const[]){run->data.output_name}, error);
    if (status == CREASE_OK)
        status = crease_net_save(net, run->model_path, error);
    crease_net_free(net);
    return status;
}

static crease_status write_profile(const knots_run *run, crease_error *error) {
    crease_table *table = NULL;
    crease_status status = crease_pwl_profile_table(&run->profile, &table, error);
    if (status == CREASE_OK)
        status = crease_csv_save(run->profile_path, table, error);
    crease_table_free(table);
    return status;
}

static int write_files(const knots_run *run) {
    crease_error error;
    if (run->model_path && write_model(run, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    bool profiled = run->profile.knot_count > 0;
    bool table = run->profile_path &&
                 (strcmp(run->profile_path, "-") == 0 || model_path_ends(run->profile_path, ".csv"));
    if (run->profile_path && !profiled)
        crease_app_note(&run->app, "no profile is written: there is no knot");
    if (profiled && table && write_profile(run, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    int code = 0;
    if (profiled && !table)
        code = knots_draw_profile(run);
    if (code == 0 && run->app.plot)
        code = knots_draw(run);
    return code;
}

static int deliver(const knots_run *run) {
    int code = write_files(run);
    int printed = run->app.json ? knots_print_json(run) : knots_print_text(run);
    if (code == 0)
        code = printed;
    return run->interrupted ? crease_app_end_interrupted(&run->app, code) : code;
}

static void run_clear(knots_run *run) {
    crease_knot_choice_clear(&run->choice);
    crease_knots_result_clear(&run->best);
    crease_pwl_inference_clear(&run->inference);
    crease_pwl_profile_clear(&run->profile);
    crease_app_data_clear(&run->data);
    free(run->fixed_knot);
    free(run->fixed_point);
}

int command_knots(int argc, char **argv) {
    static const char doc[] =
        "Finds the best continuous piecewise-linear function with K free knots, proves that it is "
        "the best where that can be done, and says how sure its knots are.";
    static const char examples[] =
        "  build/bin/crease knots data/overtime.csv -x hours -y pay --knots 1\n"
        "  build/bin/crease knots data/overtime.csv -x hours -y pay --knots auto --plot build/pay.png\n"
        "  build/bin/crease knots data/clip.csv -x e -y u --knots 2 --norm linf --json -o "
        "build/clip_knots.csv\n";
    static const struct argp_child children[] = {{&crease_app_data_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .options = options, .parser = parse_knots, .args_doc = "DATA", .doc = doc, .children = children};
    knots_run run = {.app = {.name = "crease knots", .examples = examples}};
    crease_app_parse(&run.app, &argp, argc, argv, &run);
    int code = prepare(&run);
    if (code == 0)
        code = fit(&run);
    if (code == 0)
        code = deliver(&run);
    run_clear(&run);
    return code;
}
