/* crease savings sovereign: default with endogenous prices, its limits, and the moments of a simulated history. */
#include "crease/plot.h"
#include "savings/risk/risk_program.h"
#include "savings/risk/sovereign.h"
#include <math.h>
#include <omp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBERS = 9, KEY_FIRST = 1600, KEY_STATES = KEY_FIRST + NUMBERS, KEY_POINTS, KEY_PERIODS };

typedef struct sovereign_run {
    crease_app app;
    savings_sovereign_parameters parameters;
    double innovation; /* standard deviation of the innovations of log income */
    size_t periods;
    const char *output;
    savings_sovereign *country;
    savings_sovereign_moments moments;
    double seconds;
} sovereign_run;

static const struct argp_option options[] = {
    {0, 0, 0, 0, "The country (a period is a quarter):", 10},
    {"beta", KEY_FIRST, "X", 0, "discount factor (.953)", 0},
    {"crra", KEY_FIRST + 1, "X", 0, "relative risk aversion, 1: log utility (2)", 0},
    {"interest", KEY_FIRST + 2, "X", 0, "lenders' rate (.017)", 0},
    {"persistence", KEY_FIRST + 3, "X", 0, "autocorrelation of log income (.945)", 0},
    {"sd-innovation", KEY_FIRST + 4, "X", 0, "standard deviation of its innovations (.025)", 0},
    {"reentry", KEY_FIRST + 5, "P", 0, "probability of regaining access after default (.282)", 0},
    {"cap", KEY_FIRST + 6, "X", 0, "most income in default, over mean income (.969)", 0},
    {0, 0, 0, 0, "The solution:", 20},
    {"lowest", KEY_FIRST + 7, "B", 0, "lowest bonds, below 0: debt (-.4)", 0},
    {"highest", KEY_FIRST + 8, "B", 0, "highest bonds (.1)", 0},
    {"points", KEY_POINTS, "N", 0, "points of bonds (1001)", 0},
    {"states", KEY_STATES, "N", 0, "states of income (51)", 0},
    {"periods", KEY_PERIODS, "N", 0, "quarters of the simulated history (500000)", 0},
    {"output", 'o', "OUT.csv", 0, "write state, income, b, V, price, next_b, defaults; - is standard output",
     0},
    {0}};

static double *number(sovereign_run *run, size_t i) {
    savings_sovereign_parameters *p = &run->parameters;
    double *const place[NUMBERS] = {&p->beta,    &p->crra, &p->interest, &p->persistence, &run->innovation,
                                    &p->reentry, &p->cap,  &p->lowest,   &p->highest};
    return place[i];
}

static const char *number_name(size_t i) {
    static const char *const name[NUMBERS] = {"beta",    "crra", "interest", "persistence", "sd-innovation",
                                              "reentry", "cap",  "lowest",   "highest"};
    return name[i];
}

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    sovereign_run *run = state->input;
    char option[32];
    switch (key) {
    case KEY_POINTS:
        run->parameters.points = crease_app_count(&run->app, "--points", argument, 3);
        return 0;
    case KEY_STATES:
        run->parameters.states = crease_app_count(&run->app, "--states", argument, 1);
        return 0;
    case KEY_PERIODS:
        run->periods = crease_app_count(&run->app, "--periods", argument, 1);
        return 0;
    case 'o':
        run->output = argument;
        return 0;
    case ARGP_KEY_ARG:
        crease_app_usage_error(&run->app, "sovereign takes no file, and so not '%s'", argument);
    default:
        if (key < KEY_FIRST || key >= KEY_FIRST + NUMBERS)
            return ARGP_ERR_UNKNOWN;
        snprintf(option, sizeof option, "--%s", number_name((size_t)(key - KEY_FIRST)));
        *number(run, (size_t)(key - KEY_FIRST)) = crease_app_number(&run->app, option, argument);
        return 0;
    }
}

static void read_options(sovereign_run *run, int argc, char **argv) {
    static const struct argp argp = {.options = options,
                                     .parser = parse_option,
                                     .doc = "Solves Arellano's (2008) model of sovereign default, in which "
                                            "prices know of default: the value bends upwards at "
                                            "the endogenous borrowing limit of each income. Simulates it and "
                                            "reports the moments that calibrations aim at."};
    run->app = (crease_app){
        .name = "crease savings sovereign",
        .examples = "  build/bin/crease savings sovereign\n"
                    "  build/bin/crease savings sovereign --states 21 --points 401 --plot build/default.png\n"
                    "  build/bin/crease savings sovereign --cap .98 -o build/default.csv --json\n"};
    run->parameters = savings_sovereign_defaults();
    run->innovation = .025;
    run->periods = 500000;
    crease_app_parse(&run->app, &argp, argc, argv, run);
    if (run->app.json && crease_app_is_standard_output(run->output))
        crease_app_usage_error(&run->app, "--json and -o - both write to standard output; give -o a file");
    double rho = run->parameters.persistence;
    if (!(fabs(rho) < 1))
        crease_app_usage_error(&run->app, "--persistence must lie between -1 and 1, not %g", rho);
    run->parameters.sd = run->innovation / sqrt(1 - rho * rho);
}

static crease_status write_table(const sovereign_run *run, crease_error *error) {
    static const char *const name[] = {"state", "income", "b", "V", "price", "next_b", "defaults"};
    enum { COLUMNS = sizeof name / sizeof *name };
    const savings_sovereign *s = run->country;
    crease_table *table;
    bool defaults;
    crease_status status = crease_table_new(&table, s->states * s->points, COLUMNS, error);
    if (status != CREASE_OK)
        return status;
    for (size_t i = 0; i < COLUMNS && status == CREASE_OK; i++)
        status = crease_table_set_name(table, i, name[i], error);
    for (size_t row = 0; row < s->states * s->points; row++) {
        size_t y = row / s->points, i = row % s->points;
        double V = savings_sovereign_value(s, y, i, &defaults);
        const double cell[COLUMNS] = {(double)(y + 1), s->income->level[y],  s->b[i], V,
                                      s->price[row],   s->b[s->choice[row]], defaults};
        for (size_t k = 0; k < COLUMNS; k++)
            table->column[k][row] = cell[k];
    }
    if (status == CREASE_OK)
        status = crease_csv_save(run->output, table, error);
    crease_table_free(table);
    return status;
}

static crease_status work(sovereign_run *run, crease_error *error) {
    double started = omp_get_wtime();
    crease_progress bar = crease_progress_begin(&run->app, "value iterations");
    savings_sovereign_watch watch = {
        .interrupted = crease_app_interrupted, .progress = crease_progress_update, .progress_context = &bar};
    crease_status status = savings_sovereign_solve(&run->parameters, &watch, &run->country, error);
    crease_progress_end(&bar);
    if (status == CREASE_OK)
        status = savings_sovereign_simulate(run->country, run->periods, run->app.seed, &run->moments, error);
    run->seconds = omp_get_wtime() - started;
    if (status == CREASE_OK && run->output)
        status = write_table(run, error);
    return status;
}

static const struct {
    const char *key, *title;
    size_t place;
    double unit;
} moment[] = {
    {"default_rate", "defaults a year, %", offsetof(savings_sovereign_moments, default_rate), 100},
    {"window_debt", "debt over quarterly income, %", offsetof(savings_sovereign_moments, window_debt), 100},
    {"window_spread", "spread a year, %", offsetof(savings_sovereign_moments, window_spread), 100},
    {"window_spread_sd", "its deviation, %", offsetof(savings_sovereign_moments, window_spread_sd), 100},
    {"window_consumption_volatility", "deviation of log c over that of log y",
     offsetof(savings_sovereign_moments, window_consumption_volatility), 1},
    {"window_spread_income", "correlation of spread and income",
     offsetof(savings_sovereign_moments, window_spread_income), 1},
    {"window_balance_income", "correlation of trade balance and income",
     offsetof(savings_sovereign_moments, window_balance_income), 1},
    {"debt", "debt over income, long run, %", offsetof(savings_sovereign_moments, debt), 100},
    {"spread", "spread, long run, %", offsetof(savings_sovereign_moments, spread), 100},
    {"spread_sd", "its deviation, long run, %", offsetof(savings_sovereign_moments, spread_sd), 100},
    {"excluded", "quarters without access, %", offsetof(savings_sovereign_moments, excluded), 100}};
enum { MOMENTS = sizeof moment / sizeof *moment };

static double moment_of(const sovereign_run *run, size_t i) {
    return *(const double *)(const void *)((const char *)&run->moments + moment[i].place);
}

static json_t *limits_json(const savings_sovereign *s) {
    json_t *list = json_array();
    for (size_t y = 0; y < s->states; y++) {
        json_t *limit = json_object();
        const char *why = "no debt on the grid makes it default at this income";
        crease_json_set_number(limit, "income", s->income->level[y], NULL);
        crease_json_set_number(limit, "b", s->threshold[y], why);
        crease_json_set_number(limit, "slope_left", isfinite(s->threshold[y]) ? 0 : NAN, why);
        crease_json_set_number(limit, "slope_right", savings_sovereign_slope(s, y), why);
        json_array_append_new(list, limit);
    }
    return list;
}

static int print_json(sovereign_run *run) {
    json_t *object = crease_json_begin("savings-sovereign"), *list = json_object(), *moments = json_object();
    for (size_t i = 0; i < NUMBERS; i++) {
        char key[32];
        snprintf(key, sizeof key, "%s", number_name(i));
        for (char *at = key; *at; at++)
            *at = *at == '-' ? '_' : *at;
        crease_json_set_number(list, key, *number(run, i), NULL);
    }
    crease_json_set_count(list, "states", run->parameters.states);
    crease_json_set_count(list, "points", run->parameters.points);
    json_object_set_new(object, "parameters", list);
    json_object_set_new(object, "limits", limits_json(run->country));
    for (size_t i = 0; i < MOMENTS; i++)
        crease_json_set_number(moments, moment[i].key, moment_of(run, i), "the history has no such quarters");
    crease_json_set_number(moments, "consumption_volatility", run->moments.consumption_volatility,
                           "income does not move");
    crease_json_set_count(moments, "windows", run->moments.windows);
    json_object_set_new(object, "moments", moments);
    json_object_set_new(object, "converged", json_boolean(run->country->converged));
    crease_json_set_number(object, "change", run->country->change, NULL);
    crease_json_set_count(object, "iterations", run->country->iterations);
    crease_json_set_number(object, "seconds", run->seconds, NULL);
    crease_json_set_count(object, "seed", (size_t)run->app.seed);
    return crease_json_finish(&run->app, object);
}

static int print_text(const sovereign_run *run) {
    static const char *const titles[] = {"income", "limit b*", "slope of V left", "right"};
    static const char *const moment_titles[] = {"moment", "simulated"};
    const savings_sovereign *s = run->country;
    FILE *file = crease_app_is_standard_output(run->output) ? stderr : stdout;
    crease_report *report = crease_report_new(4, titles);
    size_t stride = s->states > 15 ? (s->states + 14) / 15 : 1;
    for (size_t y = 0; y < s->states; y += stride) {
        bool has = isfinite(s->threshold[y]);
        const double cell[] = {s->income->level[y], has ? s->threshold[y] : NAN, has ? 0 : NAN,
                               savings_sovereign_slope(s, y)};
        for (size_t k = 0; k < 4; k++)
            crease_report_number(report, cell[k], 5);
    }
    crease_report_print(report, file);
    crease_report_free(report);
    report = crease_report_new(2, moment_titles);
    for (size_t i = 0; i < MOMENTS; i++) {
        crease_report_text(report, "%s", moment[i].title);
        crease_report_number(report, moment[i].unit * moment_of(run, i), 3);
    }
    crease_report_print(report, file);
    crease_report_free(report);
    fprintf(file,
            "all but the first and the long run: means over %zu windows of 74 quarters before a default\n",
            run->moments.windows);
    if (!s->converged)
        crease_app_note(&run->app, "the value still changes by %.1e after %zu iterations", s->change,
                        s->iterations);
    return crease_app_end(&run->app);
}

static int draw(const sovereign_run *run) {
    crease_plot *plot;
    crease_error error;
    if (savings_sovereign_plot(run->country, &plot, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    return crease_app_draw(&run->app, plot, run->app.plot,
                           "the value is flat where the country defaults and bends upwards at its limit; the "
                           "limit is a curve in "
                           "debt and income");
}

int savings_sovereign_command(int argc, char **argv) {
    sovereign_run run = {0};
    crease_error error;
    read_options(&run, argc, argv);
    crease_app_catch_interrupt();
    crease_status status = work(&run, &error);
    int code = status != CREASE_OK ? crease_app_fail(&run.app, &error)
               : run.app.json      ? print_json(&run)
                                   : print_text(&run);
    if (code == CREASE_EXIT_OK && run.app.plot)
        code = draw(&run);
    if (code == CREASE_EXIT_OK && crease_app_interrupted(NULL))
        code = CREASE_EXIT_INTERRUPTED;
    savings_sovereign_free(run.country);
    return code;
}
