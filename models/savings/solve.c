/* crease savings solve: a solution, its kinks, its rows and their Euler errors. */
#include "savings/solve_run.h"
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_NODES = 1100, KEY_AT, KEY_FROM, KEY_TO, KEY_HIGHEST, STRETCH = 20 };

static const struct argp_option options[] = {
    {0, 0, 0, 0, "The table:", 20},
    {"nodes", KEY_NODES, "N", 0,
     "A to D: rows, evenly spread, the kinks in the range on top (200); K3, D1: nodes of the solver's grid, "
     "whose "
     "nodes are the rows (500)",
     0},
    {"from", KEY_FROM, "X", 0, "least cash on hand (C, D: assets)", 0},
    {"to", KEY_TO, "X", 0, "largest (A: limit + 10 incomes, B: limit + 3, K3, D1: 20)", 0},
    {"highest", KEY_HIGHEST, "A", 0, "K3, D1: largest assets of the solver's grid, straight beyond (50)", 0},
    {"at", KEY_AT, "X,X,..", 0, "report consumption, value and its slope here", 0},
    {"output", 'o', "OUT.csv", 0, "write m,c,a,V,dV,mpc,log10_euler (C, D: a,c,V,dV); - is standard output",
     0},
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
    case KEY_HIGHEST:
        run->top = argument;
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
    static const struct argp argp = {
        .options = options,
        .parser = parse_option,
        .children = children,
        .doc = "Solves a consumption-saving problem, exactly or to a known error, and lists "
               "its kinks: which functions have one, where, and how large."};
    run->app = (crease_app){
        .name = "crease savings solve",
        .examples = "  build/bin/crease savings solve --model A --at 1,2,5\n"
                    "  build/bin/crease savings solve --model B --penalty .3 -o build/savings_b.csv\n"
                    "  build/bin/crease savings solve --model K3 --nodes 2000 --rates 1.2,1.05,1.02 "
                    "--rate-kinks 0,2 --json\n"};
    run->model.app = &run->app;
    crease_app_parse(&run->app, &argp, argc, argv, run);
    if (run->app.json && crease_app_is_standard_output(run->output))
        crease_app_usage_error(&run->app, "--json and -o - both write to standard output; give -o a file");
    if (run->at)
        run->at_x = crease_app_numbers(&run->app, "--at", run->at, &run->at_count);
}

/* The range asked for, or: A up to ten incomes above the limit, B to D the range of the fits, K3 and D1 up to 20. */
static crease_status choose_range(solve_run *run, crease_error *error) {
    const savings_solution *solution = run->solution;
    const savings_parameters *p = &solution->parameters;
    savings_object_range(solution, SAVINGS_CONSUMPTION, &run->lowest, &run->highest);
    if (solution->model == SAVINGS_A) {
        double income = savings_income_at_limit(p);
        run->lowest = p->limit + .05 * income;
        run->highest = p->limit + 10 * income;
    } else if (savings_solve_has_risk(run)) {
        run->lowest = solution->lowest_m + .01;
        run->highest = 20;
    }
    if (run->from)
        run->lowest = crease_app_number(&run->app, "--from", run->from);
    if (run->to)
        run->highest = crease_app_number(&run->app, "--to", run->to);
    if (!(run->lowest < run->highest))
        crease_app_usage_error(&run->app, "--from must be below --to, but %g >= %g", run->lowest,
                               run->highest);
    if (!(run->lowest > solution->lowest_m))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "at %s = %g nothing is left to consume; the table must begin above %g (--from)",
                           savings_state_name(solution->model), run->lowest, solution->lowest_m);
    return CREASE_OK;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void add_row(solve_run *run, double x) {
    if (x >= run->lowest && x <= run->highest)
        run->x[run->x_count++] = x;
}

/* The solver's nodes; some rows on each straight stretch, where it has only the ends: the limit binds, or savings are flat. */
static void list_solver_nodes(solve_run *run) {
    const savings_rule *rule = run->solution->rule;
    for (size_t i = 0; i < STRETCH; i++)
        add_row(run, run->lowest + (rule->m[0] - run->lowest) * (double)i / STRETCH);
    for (size_t i = 0; i < rule->count; i++) {
        add_row(run, rule->m[i]);
        for (size_t k = 1; i + 1 < rule->count && rule->a[i] == rule->a[i + 1] && k < STRETCH; k++)
            add_row(run, rule->m[i] + (rule->m[i + 1] - rule->m[i]) * (double)k / STRETCH);
    }
}

/* Evenly spread rows and the kinks. */
static void list_even_nodes(solve_run *run, size_t even) {
    const savings_solution *solution = run->solution;
    for (size_t i = 0; i < even; i++)
        run->x[run->x_count++] = run->lowest + (run->highest - run->lowest) * (double)i / (double)(even - 1);
    for (size_t i = 0; i < solution->knots; i++)
        add_row(run, solution->m[i]);
}

static crease_status list_nodes(solve_run *run, crease_error *error) {
    const savings_solution *solution = run->solution;
    size_t even = run->nodes ? run->nodes : 200;
    size_t room =
        solution->rule ? solution->rule->count + STRETCH * (SAVINGS_MOST_RATES + 1) : even + solution->knots;
    run->x = room <= SIZE_MAX / 32 ? calloc(room, sizeof *run->x) : NULL;
    if (!run->x)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu nodes", room);
    if (solution->rule)
        list_solver_nodes(run);
    else
        list_even_nodes(run, even);
    qsort(run->x, run->x_count, sizeof *run->x, by_value);
    size_t kept = 0; /* a kink may be one of the even rows */
    for (size_t i = 0; i < run->x_count; i++)
        if (kept == 0 || run->x[i] > run->x[kept - 1])
            run->x[kept++] = run->x[i];
    run->x_count = kept;
    return CREASE_OK;
}

/* Over the midpoints between nodes with -.15 < m <= 10 at which the Euler equation holds. */
static void judge_euler(solve_run *run) {
    double sum = 0, largest = -INFINITY;
    size_t count = 0;
    for (size_t i = 0; i + 1 < run->x_count; i++) {
        double x = (run->x[i] + run->x[i + 1]) / 2;
        double error = x > -.15 && x <= 10 ? savings_evaluate(run->solution, x).log10_euler : NAN;
        if (isnan(error))
            continue;
        sum += error;
        largest = fmax(largest, error);
        count++;
    }
    run->euler_mean = count ? sum / (double)count : NAN;
    run->euler_max = count ? largest : NAN;
}

/* D: both differential equations against the closed form, at the rows above the limit. */
static crease_status compare_routes(solve_run *run, crease_error *error) {
    size_t skip = run->x_count > 0 && run->x[0] <= run->solution->parameters.limit, n = run->x_count - skip;
    double *c = run->solution->model == SAVINGS_D ? calloc(2 * n + 1, sizeof *c) : NULL;
    crease_status status = CREASE_OK;
    if (run->solution->model != SAVINGS_D)
        return CREASE_OK;
    if (!c)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu rows", n);
    for (int route = 0; route < 2 && status == CREASE_OK; route++) {
        status = savings_integrate(&run->solution->parameters, (savings_route)route, n, run->x + skip, c,
                                   c + n, error);
        for (size_t i = 0; i < n && status == CREASE_OK; i++) {
            savings_point exact = savings_evaluate(run->solution, run->x[skip + i]);
            double difference = fmax(fabs(c[i] - exact.c), fabs(c[n + i] - exact.V));
            run->route_error[route] = fmax(run->route_error[route], difference);
        }
    }
    free(c);
    return status;
}

static crease_status solve_model(solve_run *run, crease_error *error) {
    savings_calibration calibration;
    crease_status status = savings_model_chosen(&run->model, &calibration, error);
    crease_progress bar = crease_progress_begin(&run->app, "backward steps");
    savings_solve_options wanted = {.grid = {.nodes = run->nodes,
                                             .threads = run->app.threads,
                                             .interrupted = crease_app_interrupted,
                                             .progress = crease_progress_update,
                                             .progress_context = &bar}};
    bool risk = calibration.model == SAVINGS_K3 || calibration.model == SAVINGS_D1;
    if (status == CREASE_OK && run->top && !risk)
        crease_app_usage_error(&run->app,
                               "--highest belongs to models K3 and D1, whose grid of assets has an end");
    if (run->top)
        wanted.highest = crease_app_positive(&run->app, "--highest", run->top);
    double last = run->to ? crease_app_number(&run->app, "--to", run->to) : 0;
    for (size_t i = 0; i < run->at_count; i++)
        last = fmax(last, run->at_x[i]);
    if (status == CREASE_OK && calibration.model == SAVINGS_A) {
        const savings_parameters *p = &calibration.parameters;
        wanted.highest = fmax(last, p->limit + 10 * savings_income_at_limit(p));
    }
    if (status == CREASE_OK)
        status = savings_solve(calibration.model, &calibration.parameters, &wanted, &run->solution, error);
    crease_progress_end(&bar);
    run->interrupted = risk && crease_app_interrupted(NULL);
    savings_calibration_clear(&calibration);
    return status;
}

static crease_status solve(solve_run *run, crease_error *error) {
    double started = omp_get_wtime();
    crease_status status = solve_model(run, error);
    run->seconds = omp_get_wtime() - started;
    if (status == CREASE_OK)
        status = choose_range(run, error);
    if (status == CREASE_OK)
        status = savings_kinks(run->solution, run->highest, &run->kinks, &run->kink_count, error);
    if (status == CREASE_OK)
        status = list_nodes(run, error);
    if (status == CREASE_OK)
        status = compare_routes(run, error);
    if (status == CREASE_OK)
        judge_euler(run);
    return status;
}

int savings_solve_command(int argc, char **argv) {
    solve_run run = {0};
    crease_error error;
    int code;
    read_options(&run, argc, argv);
    crease_app_catch_interrupt();
    crease_status status = solve(&run, &error);
    if (status == CREASE_OK && run.output)
        status = savings_solve_write_table(&run, &error);
    if (status != CREASE_OK)
        code = crease_app_fail(&run.app, &error);
    else
        code = run.app.json ? savings_solve_print_json(&run) : savings_solve_print_text(&run);
    if (code == CREASE_EXIT_OK && run.app.plot)
        code = savings_solve_draw(&run);
    if (code == CREASE_EXIT_OK && run.interrupted)
        code = crease_app_fail_text(&run.app, CREASE_EXIT_INTERRUPTED,
                                    "interrupted: the policy is that of step %zu, before it stood still",
                                    run.solution->iterations);
    savings_solution_free(run.solution);
    free(run.kinks);
    free(run.x);
    free(run.at_x);
    return code;
}
