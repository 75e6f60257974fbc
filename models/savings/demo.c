/* The demonstration: the problems solved, networks compared on their functions, what that says about the
 * belief that the value function has a kink precisely at the borrowing limit, and pictures. */
#include "crease/plot.h"
#include "savings/program.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_FOLDER = 1100, KEY_STARTS };

/* What is shown of a model: what it is, and the networks that are compared on it. */
typedef struct problem {
    savings_model model;
    const char *title;
    const savings_task *task; /* NULL: the default comparison */
    size_t count;
} problem;

static const savings_task tasks_c[] = {{SAVINGS_V, "affine+relu:7", false, 0},
                                       {SAVINGS_V, "tanh:5", false, 0},
                                       {SAVINGS_V, "affine+tanh:4+relu:1", true, 0},
                                       {SAVINGS_PINV_V, "affine+relu:1", false, 0},
                                       {SAVINGS_PINV_V, "tanh:5", false, 0}};
static const savings_task tasks_d[] = {{SAVINGS_V, "affine+relu:7", false, 0},
                                       {SAVINGS_V, "tanh:5", false, 0},
                                       {SAVINGS_V, "affine+tanh:4+relu^1.5:1", true, 0}};
static const savings_task tasks_k3[] = {
    {SAVINGS_W, "affine+relu:7", false, 0},       {SAVINGS_W, "tanh:5", false, 0},
    {SAVINGS_W, "affine+tanh:4+relu:1", true, 0}, {SAVINGS_CONSUMPTION, "affine+relu:7", false, 0},
    {SAVINGS_CONSUMPTION, "tanh:5", false, 0},    {SAVINGS_CONSUMPTION, "affine+tanh:4+relu:3", true, 0}};

enum { PROBLEMS = 5 };
static const problem problems[PROBLEMS] = {
    {SAVINGS_A,
     "Problem A: perfect foresight, infinite horizon, hard limit a >= 0 (beta .96, R 1.03, risk aversion 2)",
     NULL, 0},
    {SAVINGS_B,
     "Problem B: two periods, rate 1.02 above the limit a = 0 and 1.20 below it (beta .96, risk aversion 2)",
     NULL, 0},
    {SAVINGS_C,
     "Problem C: default, which costs a tenth of income for ever (R 1.04, beta 1/R, risk aversion 2)",
     tasks_c, sizeof tasks_c / sizeof *tasks_c},
    {SAVINGS_D, "Problem D: continuous time, hard limit a >= 0 (rho .05, r .03, risk aversion 2)", tasks_d,
     sizeof tasks_d / sizeof *tasks_d},
    {SAVINGS_K3,
     "Problem K3: income risk, hard limit a >= -.2, rate 1.02 above a = 0 and 1.20 below it (beta .96, risk "
     "aversion 2)",
     tasks_k3, sizeof tasks_k3 / sizeof *tasks_k3}};

typedef struct demo_run {
    crease_app app;
    const char *folder;
    size_t starts;
    savings_solution *solution[PROBLEMS];
    savings_study study[PROBLEMS];
    bool interrupted;
} demo_run;

static const struct argp_option options[] = {
    {"folder", KEY_FOLDER, "DIR", 0, "where the pictures go (build/plots)", 0},
    {"starts", KEY_STARTS, "N", 0, "starting points of each fit (10)", 0},
    {0}};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    demo_run *run = state->input;
    switch (key) {
    case KEY_FOLDER:
        run->folder = argument;
        return 0;
    case KEY_STARTS:
        run->starts = crease_app_count(&run->app, "--starts", argument, 1);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void read_options(demo_run *run, int argc, char **argv) {
    static const struct argp argp = {.options = options, .parser = parse_option, .doc = "The demonstration."};
    run->app = (crease_app){.name = "crease savings", .examples = "  build/bin/crease savings\n"};
    run->folder = "build/plots";
    run->starts = 10;
    crease_app_parse(&run->app, &argp, argc, argv, run);
    if (run->app.plot)
        crease_app_usage_error(&run->app,
                               "the demonstration draws several pictures; choose their place by --folder");
}

static crease_status work(demo_run *run, crease_error *error) {
    crease_status status = CREASE_OK;
    for (size_t i = 0; i < PROBLEMS && status == CREASE_OK && !run->interrupted; i++) {
        savings_parameters parameters = savings_defaults(problems[i].model);
        size_t count = problems[i].count;
        const savings_task *task =
            problems[i].task ? problems[i].task : savings_default_tasks(problems[i].model, &count);
        savings_solve_options wanted = {
            .grid = {.threads = run->app.threads, .interrupted = crease_app_interrupted}};
        status = savings_solve(problems[i].model, &parameters, &wanted, &run->solution[i], error);
        if (status == CREASE_OK)
            status = savings_study_run(&run->app, run->solution[i], task, count, 0, run->starts,
                                       &run->study[i], error);
        run->interrupted = run->study[i].interrupted || crease_app_interrupted(NULL);
    }
    return status;
}

static const savings_study *study_of(const demo_run *run, savings_model model) {
    for (size_t i = 0; i < PROBLEMS; i++)
        if (problems[i].model == model)
            return &run->study[i];
    return NULL;
}

/* The row of a study with this object, network and hold, or NULL. */
static const savings_fit_row *find_row(const savings_study *study, savings_object object, const char *net,
                                       bool held) {
    for (size_t i = 0; i < study->count; i++) {
        char spec[128];
        crease_net_spec(study->row[i].net, spec, sizeof spec);
        if (study->row[i].object == object && strcmp(spec, net) == 0 && study->row[i].held == held)
            return &study->row[i];
    }
    return NULL;
}

/* Which of two fits of one object is better, in words. */
static void print_contest(const savings_study *study, savings_object object, const char *first,
                          const char *second) {
    const savings_fit_row *a = find_row(study, object, first, false),
                          *b = find_row(study, object, second, false);
    if (!a || !b)
        return;
    const savings_fit_row *better = a->rmse <= b->rmse ? a : b, *other = better == a ? b : a;
    char name[2][160];
    savings_row_label(better, name[0], sizeof name[0]);
    savings_row_label(other, name[1], sizeof name[1]);
    printf("  %-5s of %s: %s (%zu free parameters) beats %s (%zu): RMSE %.1e against %.1e, ",
           savings_object_name(object), savings_model_name(study->solution->model), name[0], better->n_free,
           name[1], other->n_free, better->rmse, other->rmse);
    if (better->max_error <= 1e-12)
        printf("exact to rounding (max error %.0e).\n", better->max_error);
    else
        printf("%.1f times.\n", other->rmse / better->rmse);
}

static void print_hybrids(const demo_run *run) {
    const savings_study *b = study_of(run, SAVINGS_B), *k3 = study_of(run, SAVINGS_K3);
    const savings_fit_row *held = find_row(b, SAVINGS_W, "affine+tanh:4+relu:1", true);
    const savings_fit_row *smooth = find_row(b, SAVINGS_W, "tanh:5", false);
    if (held && smooth)
        printf("  W of B has both, a kink and curvature: a hybrid with its hinge held at the limit errs by "
               "%.1e at most, "
               "tanh:5 by %.1e;\n  slope ratio across the kink %.4f and %.4f, true %.4f.\n",
               held->max_error, smooth->max_error, held->slope_ratio, smooth->slope_ratio,
               held->true_slope_ratio);
    const savings_fit_row *inverse = find_row(b, SAVINGS_PINV_W, "affine+relu:1", false);
    if (inverse && smooth)
        printf("  Better still: fit pinv W by affine+relu:1 and turn it back into W: error %.1e at most, "
               "with %zu free "
               "parameters\n  (tanh:5 on W itself: %.1e with %zu).\n",
               inverse->raw_max_error, inverse->n_free, smooth->max_error, smooth->n_free);
    held = find_row(k3, SAVINGS_CONSUMPTION, "affine+tanh:4+relu:3", true);
    smooth = find_row(k3, SAVINGS_CONSUMPTION, "tanh:5", false);
    if (held && smooth)
        printf("  Under income risk c(m) has three kinks: with hinges held there log10 of the Euler error is "
               "%.2f on average, "
               "tanh:5's %.2f.\n",
               held->euler_mean, smooth->euler_mean);
}

static void print_verdict(const demo_run *run) {
    const savings_study *a = study_of(run, SAVINGS_A), *b = study_of(run, SAVINGS_B);
    puts("\n\"The value function has a kink precisely at the borrowing limit\": which form of this is true");
    for (size_t i = 0; i < PROBLEMS; i++) {
        printf("in %s:\n", savings_model_name(problems[i].model));
        savings_claims_print(run->solution[i], stdout);
    }
    puts("('crease savings claims' measures them all)\n\nWhich network for which function");
    print_contest(b, SAVINGS_PINV_W, "affine+relu:1", "tanh:5");
    print_contest(study_of(run, SAVINGS_C), SAVINGS_PINV_V, "affine+relu:1", "tanh:5");
    print_contest(b, SAVINGS_CONSUMPTION, "affine+relu:2", "tanh:5");
    print_contest(a, SAVINGS_CONSUMPTION, "affine+relu:7", "tanh:5");
    print_contest(b, SAVINGS_W, "affine+relu:7", "tanh:5");
    print_contest(study_of(run, SAVINGS_K3), SAVINGS_W, "affine+relu:7", "tanh:5");
    print_contest(a, SAVINGS_V, "affine+relu:7", "tanh:5");
    print_contest(study_of(run, SAVINGS_D), SAVINGS_V, "affine+relu:7", "tanh:5");
    print_contest(a, SAVINGS_PINV_V, "affine+relu:7", "tanh:5");
    print_hybrids(run);
}

static void print_tables(const demo_run *run) {
    for (size_t i = 0; i < PROBLEMS; i++) {
        printf("%s%s\n", i ? "\n" : "", problems[i].title);
        savings_study_print(&run->study[i], stdout);
    }
    puts("errors on 10,001 points the networks were not fitted to; near kink: within 5 % of the range; slope "
         "ratio: .1 % of "
         "the range left over\nright of the critical point, exact: the same of the true function; @kink: "
         "hinge held at the "
         "known kink; given: the exact policy as a network");
}

static int print_json(const demo_run *run) {
    json_t *object = crease_json_begin("savings"), *models = json_array();
    for (size_t i = 0; i < PROBLEMS; i++) {
        json_t *entry = json_object();
        savings_json_model(entry, run->solution[i]);
        json_object_set_new(entry, "rows", savings_study_json(&run->study[i]));
        json_object_set_new(entry, "claims", savings_claims_json(run->solution[i]));
        json_array_append_new(models, entry);
    }
    json_object_set_new(object, "models", models);
    json_object_set_new(object, "seed", json_integer((json_int_t)run->app.seed));
    return crease_json_finish(&run->app, object);
}

typedef struct picture {
    const char *name, *title, *see;
    savings_model model;
    int object; /* -1: the solution itself */
} picture;

static const picture pictures[] = {
    {"savings_value", "W(a): the end-of-period value bends at the limit, and is curved",
     "the slope of W drops at the limit a = 0 (top right): ReLU spends its seams on curvature, tanh rounds "
     "the kink off, and "
     "only the hybrid with its hinge held there follows the step.",
     SAVINGS_B, SAVINGS_W},
    {"savings_pinv", "pinv W(a): the same value in units of consumption is piecewise linear",
     "one ReLU unit is exact to rounding (bottom) where tanh and sigmoid, which cannot bend sharply, err "
     "everywhere.",
     SAVINGS_B, SAVINGS_PINV_W},
    {"savings_policy", "c(m): consumption under a penalty rate, two kinks",
     "two ReLU units are exact to rounding; the error of tanh and sigmoid peaks at the two kinks they cannot "
     "have.",
     SAVINGS_B, SAVINGS_CONSUMPTION},
    {"savings_hard_limit", "A: under a hard limit c(m) has kinks, V(m) has none",
     "consumption bends where the limit stops binding and at every further kink, yet both tangents of V are "
     "one line and its "
     "slope (bottom right) does not jump: V is C1.",
     SAVINGS_A, -1},
    {"savings_policy_hard_limit", "c(m) under a hard limit: kinks without end",
     "the slope of consumption is a staircase (top right): its own kinks as a ReLU network are exact, and "
     "whatever is fitted "
     "with 16 parameters errs most at the first kink.",
     SAVINGS_A, SAVINGS_CONSUMPTION},
    {"savings_smooth_value", "V(m) under a hard limit: curved and without a kink",
     "tanh and sigmoid win by far on this curved C1 value: ReLU's slope is a staircase (top right).",
     SAVINGS_A, SAVINGS_V},
    {"savings_default", "C: with default V(a) has a convex kink at the limit that lenders set",
     "left of a* = -2.5 the household defaults and V is flat; its slope jumps up there (bottom right).",
     SAVINGS_C, -1},
    {"savings_continuous_time", "D: in continuous time c(a) is a square root at the limit, V(a) has no kink",
     "V touches its tangent at the limit like a^(3/2): a slope, no kink, and an infinite curvature.",
     SAVINGS_D, -1},
    {"savings_income_risk", "K3: income risk, a hard limit a >= -0.2 and a rate wedge at 0",
     "W bends where the rate changes, by 1.20/1.02 (right); consumption bends where the limit stops binding "
     "and at both ends of "
     "the stretch on which assets stay at 0 (left).",
     SAVINGS_K3, -1},
    {"savings_income_risk_value", "K3: W(a) bends where the rate changes, not at the limit",
     "the step of the slope at a = 0 (top right) is followed by the hybrid with its hinge held there.",
     SAVINGS_K3, SAVINGS_W}};

static int draw_picture(const demo_run *run, const picture *drawn) {
    crease_plot *plot;
    crease_error error;
    const savings_study *study = study_of(run, drawn->model);
    double from, to;
    savings_object_range(study->solution, SAVINGS_CONSUMPTION, &from, &to);
    crease_status status =
        drawn->object < 0
            ? savings_solution_plot(study->solution, from, to, drawn->title, &plot, &error)
            : savings_study_plot(study, (savings_object)drawn->object, drawn->title, &plot, &error);
    if (status != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    return crease_app_draw_in_folder(&run->app, plot, run->folder, drawn->name, drawn->see);
}

static int draw(const demo_run *run) {
    int code = CREASE_EXIT_OK;
    if (!run->app.quiet)
        fputs("\nPictures\n", run->app.json ? stderr : stdout);
    for (size_t i = 0; i < sizeof pictures / sizeof *pictures && code == CREASE_EXIT_OK; i++)
        code = draw_picture(run, &pictures[i]);
    return code;
}

int savings_demo_command(int argc, char **argv) {
    demo_run run = {0};
    crease_error error;
    int code = CREASE_EXIT_OK;
    read_options(&run, argc, argv);
    crease_app_catch_interrupt();
    crease_status status = work(&run, &error);
    if (status != CREASE_OK)
        code = crease_app_fail(&run.app, &error);
    else if (run.interrupted)
        code = crease_app_fail_text(&run.app, CREASE_EXIT_INTERRUPTED,
                                    "interrupted before the comparison was complete");
    else if (run.app.json)
        code = print_json(&run);
    else {
        print_tables(&run);
        print_verdict(&run);
    }
    if (code == CREASE_EXIT_OK)
        code = draw(&run);
    if (code == CREASE_EXIT_OK)
        code = crease_app_end(&run.app);
    for (size_t i = 0; i < PROBLEMS; i++) {
        savings_study_clear(&run.study[i]);
        savings_solution_free(run.solution[i]);
    }
    return code;
}
