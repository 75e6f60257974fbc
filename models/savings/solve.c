/* crease savings solve: the exact solution as a table, its kinks, and its Euler errors. */
#include "crease/file.h"
#include "crease/plot.h"
#include "savings/program.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { KEY_NODES = 1100, KEY_AT, KEY_FROM, KEY_TO };

typedef struct solve_run {
    crease_app app;
    savings_model_options model;
    size_t nodes;
    const char *at, *from, *to, *output; /* texts, NULL when not given */
    double *at_m;                        /* owned */
    size_t at_count;
    double lowest, highest; /* range of the table */
    savings_solution *solution;
    savings_kink *kinks; /* up to `highest`, owned */
    size_t kink_count;
    double *m; /* nodes and kinks of the table, ascending, owned */
    size_t m_count;
    double euler_mean, euler_max, seconds;
} solve_run;

static const struct argp_option options[] = {
    {0, 0, 0, 0, "The table:", 20},
    {"nodes", KEY_NODES, "N", 0, "rows, evenly spread; the kinks in the range come on top (200)", 0},
    {"from", KEY_FROM, "M", 0, "least cash on hand", 0},
    {"to", KEY_TO, "M", 0, "largest cash on hand (A: limit + 10 incomes, B: limit + 3)", 0},
    {"at", KEY_AT, "M,M,..", 0, "report consumption, value and its slope at these m", 0},
    {"output", 'o', "OUT.csv", 0, "write m,c,a,V,dV,mpc,log10_euler; - is standard output", 0},
    {0}};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    solve_run *run = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &run->model;
        return 0;
    case KEY_NODES:
        run->nodes = crease_app_count(&run->app, "--nodes", argument, 2);
        return 0;
    case KEY_FROM:
        run->from = argument;
        return 0;
    case KEY_TO:
        run->to = argument;
        return 0;
    case KEY_AT:
        run->at = argument;
        return 0;
    case 'o':
        run->output = argument;
        return 0;
    case ARGP_KEY_ARG:
        crease_app_usage_error(&run->app, "solve takes no file, and so not '%s'", argument);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void read_options(solve_run *run, int argc, char **argv) {
    static const struct argp_child children[] = {{&savings_model_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {.options = options,
                                     .parser = parse_option,
                                     .children = children,
                                     .doc = "Solves a consumption-saving problem exactly and lists its "
                                            "kinks: which functions have one, where, "
                                            "and how large."};
    run->app = (crease_app){
        .name = "crease savings solve",
        .examples = "  build/bin/crease savings solve --model A --at 1,2,5\n"
                    "  build/bin/crease savings solve --model B --penalty .3 -o build/savings_b.csv\n"
                    "  build/bin/crease savings solve --model A --crra 1 --json\n"};
    run->model.app = &run->app;
    run->nodes = 200;
    crease_app_parse(&run->app, &argp, argc, argv, run);
    if (run->app.json && run->output && strcmp(run->output, "-") == 0)
        crease_app_usage_error(&run->app, "--json and -o - both write to standard output; give -o a file");
    if (run->at)
        run->at_m = crease_app_numbers(&run->app, "--at", run->at, &run->at_count);
}

/* The range asked for, or: A up to ten incomes above the limit, B the range of the fits. */
static void choose_range(solve_run *run, savings_model model, const savings_parameters *p) {
    double at_limit = p->income + (model == SAVINGS_A ? p->R - 1 : p->R) * p->limit;
    run->lowest = p->limit + (model == SAVINGS_A ? .05 : -.6 / (p->R + p->penalty)) * at_limit;
    run->highest = p->limit + (model == SAVINGS_A ? 10 : 3) * at_limit;
    if (run->from)
        run->lowest = crease_app_number(&run->app, "--from", run->from);
    if (run->to)
        run->highest = crease_app_number(&run->app, "--to", run->to);
    if (run->from || run->to)
        if (!(run->lowest < run->highest))
            crease_app_usage_error(&run->app, "--from must be below --to, but %g >= %g", run->lowest,
                                   run->highest);
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static crease_status list_nodes(solve_run *run, crease_error *error) {
    const savings_solution *solution = run->solution;
    if (!(run->lowest > solution->lowest_m))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "at m = %g nothing is left to consume; the table must begin above %g (--from)",
                           run->lowest, solution->lowest_m);
    size_t room = run->nodes + solution->knots;
    run->m = room <= SIZE_MAX / 32 ? calloc(room, sizeof *run->m) : NULL;
    if (!run->m)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu nodes", run->nodes);
    for (size_t i = 0; i < run->nodes; i++)
        run->m[i] = run->lowest + (run->highest - run->lowest) * (double)i / (double)(run->nodes - 1);
    run->m_count = run->nodes;
    for (size_t i = 0; i < solution->knots; i++)
        if (solution->m[i] > run->lowest && solution->m[i] < run->highest)
            run->m[run->m_count++] = solution->m[i];
    qsort(run->m, run->m_count, sizeof *run->m, by_value);
    return CREASE_OK;
}

/* Over the midpoints between nodes with -.15 < m <= 10 at which the Euler equation holds. */
static void judge_euler(solve_run *run) {
    double sum = 0, largest = -INFINITY;
    size_t count = 0;
    for (size_t i = 0; i + 1 < run->m_count; i++) {
        double m = (run->m[i] + run->m[i + 1]) / 2;
        double error = m > -.15 && m <= 10 ? savings_evaluate(run->solution, m).log10_euler : NAN;
        if (isnan(error))
            continue;
        sum += error;
        largest = fmax(largest, error);
        count++;
    }
    run->euler_mean = count ? sum / (double)count : NAN;
    run->euler_max = count ? largest : NAN;
}

static crease_status solve(solve_run *run, crease_error *error) {
    savings_parameters parameters;
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    savings_model model = savings_model_chosen(&run->model, &parameters);
    choose_range(run, model, &parameters);
    double highest = run->highest;
    for (size_t i = 0; i < run->at_count; i++)
        highest = fmax(highest, run->at_m[i]);
    crease_status status = savings_solve(model, &parameters, highest, &run->solution, error);
    if (status == CREASE_OK)
        status = savings_kinks(run->solution, run->highest, &run->kinks, &run->kink_count, error);
    if (status == CREASE_OK)
        status = list_nodes(run, error);
    if (status == CREASE_OK)
        judge_euler(run);
    clock_gettime(CLOCK_MONOTONIC, &end);
    run->seconds = (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec);
    return status;
}

static void write_cell(FILE *file, double value, const char *after) {
    if (isfinite(value))
        fprintf(file, "%.17g", value);
    fputs(after, file); /* a cell without a value is empty */
}

static crease_status write_table(const solve_run *run, crease_error *error) {
    crease_file file;
    crease_status status = crease_file_create(&file, run->output, error);
    if (status != CREASE_OK)
        return status;
    fputs("m,c,a,V,dV,mpc,log10_euler\n", file.stream);
    for (size_t i = 0; i < run->m_count; i++) {
        savings_point point = savings_evaluate(run->solution, run->m[i]);
        const double cell[] = {point.m, point.c, point.a, point.V, point.dV, point.mpc, point.log10_euler};
        for (size_t j = 0; j < sizeof cell / sizeof *cell; j++)
            write_cell(file.stream, cell[j], j + 1 < sizeof cell / sizeof *cell ? "," : "\n");
    }
    return crease_file_commit(&file, error);
}

static json_t *kinks_json(const solve_run *run) {
    json_t *list = json_array();
    for (size_t i = 0; i < run->kink_count; i++) {
        json_t *kink = json_object();
        crease_json_set_text(kink, "object", savings_object_name(run->kinks[i].object));
        crease_json_set_number(kink, "x", run->kinks[i].x, NULL);
        crease_json_set_number(kink, "slope_left", run->kinks[i].slope_left, NULL);
        crease_json_set_number(kink, "slope_right", run->kinks[i].slope_right, NULL);
        crease_json_set_number(kink, "ratio", run->kinks[i].slope_left / run->kinks[i].slope_right, NULL);
        json_array_append_new(list, kink);
    }
    return list;
}

static json_t *at_json(const solve_run *run) {
    json_t *list = json_array();
    for (size_t i = 0; i < run->at_count; i++) {
        const char *why = "there is nothing to consume at this x";
        savings_point point = savings_evaluate(run->solution, run->at_m[i]);
        json_t *object = json_object();
        crease_json_set_number(object, "x", run->at_m[i], NULL);
        crease_json_set_number(object, "c", point.c, why);
        crease_json_set_number(object, "V", point.V, why);
        crease_json_set_number(object, "dV", point.dV, why);
        json_array_append_new(list, object);
    }
    return list;
}

static int print_json(const solve_run *run) {
    json_t *object = crease_json_begin("savings-solve");
    const char *no_euler = "there is no midpoint with -.15 < m <= 10 at which the Euler equation holds";
    savings_json_model(object, run->solution);
    json_object_set_new(object, "kinks", kinks_json(run));
    crease_json_set_number(object, "binding_m", run->solution->binding_m, "model B has no hard limit");
    crease_json_set_number(object, "euler_mean", run->euler_mean, no_euler);
    crease_json_set_number(object, "euler_max", run->euler_max, no_euler);
    json_object_set_new(object, "at", at_json(run));
    json_object_set_new(object, "claims", savings_claims_json(run->solution));
    crease_json_set_count(object, "nodes", run->m_count);
    crease_json_set_count(object, "iterations", run->solution->iterations);
    crease_json_set_number(object, "seconds", run->seconds, NULL);
    crease_json_set_count(object, "seed", (size_t)run->app.seed);
    return crease_json_finish(&run->app, object);
}

static void print_kinks(const solve_run *run, FILE *file) {
    enum { SHOWN = 10 };
    static const char *const titles[] = {"kink of", "at", "slope left", "slope right", "ratio"};
    crease_report *report = crease_report_new(5, titles);
    for (size_t i = 0; i < run->kink_count && i < SHOWN; i++) {
        const savings_kink *kink = &run->kinks[i];
        crease_report_text(report, "%s(%s)", savings_object_name(kink->object),
                           savings_object_variable(kink->object));
        crease_report_number(report, kink->x, 10);
        crease_report_number(report, kink->slope_left, 8);
        crease_report_number(report, kink->slope_right, 8);
        crease_report_number(report, kink->slope_left / kink->slope_right, 9);
    }
    crease_report_print(report, file);
    crease_report_free(report);
    if (run->kink_count > SHOWN)
        fprintf(file, "... and %zu more up to m = %g (--json lists them)\n", run->kink_count - SHOWN,
                run->highest);
    if (run->kink_count == 0) {
        if (run->solution->knots == 0)
            fputs("no kink: without a penalty the rate is the same everywhere\n", file);
        else
            fprintf(file, "no kink up to %g\n", run->highest);
    }
}

static int print_text(const solve_run *run) {
    FILE *file = run->output && strcmp(run->output, "-") == 0 ? stderr : stdout;
    print_kinks(run, file);
    if (isfinite(run->solution->binding_m))
        fprintf(file, "the limit binds up to m = %.12g\n", run->solution->binding_m);
    if (isfinite(run->euler_mean))
        fprintf(file, "log10 Euler error: mean %.2f, largest %.2f\n", run->euler_mean, run->euler_max);
    if (run->at_count > 0) {
        static const char *const titles[] = {"m", "c", "V", "dV"};
        crease_report *report = crease_report_new(4, titles);
        for (size_t i = 0; i < run->at_count; i++) {
            savings_point point = savings_evaluate(run->solution, run->at_m[i]);
            const double cell[] = {point.m, point.c, point.V, point.dV};
            for (size_t j = 0; j < 4; j++)
                crease_report_number(report, cell[j], 12);
        }
        crease_report_print(report, file);
        crease_report_free(report);
    }
    savings_claims_print(run->solution, file);
    return crease_app_end(&run->app);
}

static int draw(const solve_run *run) {
    char title[96];
    crease_plot *plot;
    crease_error error;
    bool a = run->solution->model == SAVINGS_A;
    snprintf(title, sizeof title,
             a ? "A: perfect foresight with a hard limit" : "B: two periods with a penalty rate");
    crease_status status =
        savings_solution_plot(run->solution, run->lowest, run->highest, title, &plot, &error);
    if (status != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    return crease_app_draw(
        &run->app, plot, run->app.plot,
        run->solution->knots > 0
            ? "consumption bends at its kinks and its slope jumps there, but V' has no jump anywhere"
            : "without a penalty neither consumption nor the value has a kink");
}

int savings_solve_command(int argc, char **argv) {
    solve_run run = {0};
    crease_error error;
    int code;
    read_options(&run, argc, argv);
    crease_status status = solve(&run, &error);
    if (status == CREASE_OK && run.output)
        status = write_table(&run, &error);
    if (status != CREASE_OK)
        code = crease_app_fail(&run.app, &error);
    else
        code = run.app.json ? print_json(&run) : print_text(&run);
    if (code == CREASE_EXIT_OK && run.app.plot)
        code = draw(&run);
    savings_solution_free(run.solution);
    free(run.kinks);
    free(run.m);
    free(run.at_m);
    return code;
}
