/* crease savings lifecycle: a policy for every age, and what a cohort does on average. */
#include "crease/plot.h"
#include "savings/risk/risk_program.h"
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_FIRST_AGE = 1600,
    KEY_LAST_AGE,
    KEY_RETIRE,
    KEY_REPLACEMENT,
    KEY_PROFILE,
    KEY_ASSETS,
    KEY_NODES,
    KEY_HIGHEST,
    KEY_COHORT
};

typedef struct lifecycle_run {
    crease_app app;
    savings_risk_options risk;
    double first_age, last_age, retire, replacement, assets, highest;
    savings_grid_options grid;
    const char *profile_path, *output, *cohort; /* NULL when not given */
    size_t ages;
    double *age, *income, *survival; /* ages each, owned through age */
    savings_shocks *shocks;
    savings_lifecycle *life;
    savings_age_profile *profile; /* ages, owned */
    double seconds;
} lifecycle_run;

static const struct argp_option options[] = {
    {0, 0, 0, 0, "The life:", 20},
    {"first-age", KEY_FIRST_AGE, "AGE", 0, "first age (25)", 0},
    {"last-age", KEY_LAST_AGE, "AGE", 0, "last age, in which all is consumed (84)", 0},
    {"retire", KEY_RETIRE, "AGE", 0, "first age without work and income risk (65)", 0},
    {"replacement", KEY_REPLACEMENT, "X", 0, "income in retirement over that of the last year at work (.6)",
     0},
    {"profile", KEY_PROFILE, "FILE.csv", 0,
     "mean income by age instead of a hump that peaks at 51: columns age, income, and survival to the next "
     "age if it is "
     "not 1",
     0},
    {"assets", KEY_ASSETS, "A", 0, "what a cohort begins with (0)", 0},
    {0, 0, 0, 0, "The solution:", 30},
    {"nodes", KEY_NODES, "N", 0, "nodes of each policy (200)", 0},
    {"highest", KEY_HIGHEST, "A", 0, "highest assets (50)", 0},
    {"output", 'o', "OUT.csv", 0, "write age, state, level, m, c, a, V, mpc; - is standard output", 0},
    {"cohort", KEY_COHORT, "OUT.csv", 0, "write means and percentiles of a cohort by age", 0},
    {0}};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    lifecycle_run *run = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &run->risk;
        return 0;
    case KEY_FIRST_AGE:
        run->first_age = crease_app_number(&run->app, "--first-age", argument);
        return 0;
    case KEY_LAST_AGE:
        run->last_age = crease_app_number(&run->app, "--last-age", argument);
        return 0;
    case KEY_RETIRE:
        run->retire = crease_app_number(&run->app, "--retire", argument);
        return 0;
    case KEY_REPLACEMENT:
        run->replacement = crease_app_number(&run->app, "--replacement", argument);
        return 0;
    case KEY_PROFILE:
        run->profile_path = argument;
        return 0;
    case KEY_ASSETS:
        run->assets = crease_app_number(&run->app, "--assets", argument);
        return 0;
    case KEY_NODES:
        run->grid.nodes = crease_app_count(&run->app, "--nodes", argument, 10);
        return 0;
    case KEY_HIGHEST:
        run->highest = crease_app_positive(&run->app, "--highest", argument);
        return 0;
    case KEY_COHORT:
        run->cohort = argument;
        return 0;
    case 'o':
        run->output = argument;
        return 0;
    case ARGP_KEY_ARG:
        crease_app_usage_error(&run->app,
                               "lifecycle takes no file, and so not '%s'; incomes by age: --profile FILE.csv",
                               argument);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void read_options(lifecycle_run *run, int argc, char **argv) {
    static const struct argp_child children[] = {{&savings_risk_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .options = options,
        .parser = parse_option,
        .children = children,
        .doc = "Solves a working life and retirement backward from the last age: consumption by age and "
               "income state with "
               "its kinks, and what a cohort earns, consumes and holds at each age. Preferences, rates, "
               "limit and transitory "
               "shocks are those of K3 or D1, in units of income at the first age."};
    run->app = (crease_app){
        .name = "crease savings lifecycle",
        .examples = "  build/bin/crease savings lifecycle\n"
                    "  build/bin/crease savings lifecycle --states 5 --retire 60 --plot build/life.png\n"
                    "  build/bin/crease savings lifecycle --limit 0 -o build/policies.csv --cohort "
                    "build/cohort.csv --json\n"};
    run->first_age = 25;
    run->last_age = 84;
    run->retire = 65;
    run->replacement = .6;
    run->highest = 50;
    run->grid.nodes = 200;
    run->risk = savings_risk_begin(&run->app);
    crease_app_parse(&run->app, &argp, argc, argv, run);
    bool to_stdout = crease_app_is_standard_output(run->output) || crease_app_is_standard_output(run->cohort);
    if (run->app.json && to_stdout)
        crease_app_usage_error(&run->app, "--json and a file '-' both write to standard output; name a file");
}

/* ---- the life ---- */

static crease_status make_room(lifecycle_run *run, size_t ages, crease_error *error) {
    run->ages = ages;
    run->age = ages <= 100000 ? calloc(3 * ages, sizeof *run->age) : NULL;
    run->profile = run->age ? calloc(ages, sizeof *run->profile) : NULL;
    if (!run->profile)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu ages", ages);
    run->income = run->age + ages;
    run->survival = run->age + 2 * ages;
    return CREASE_OK;
}

/* Income at work grows by 4.5 % at first, ever more slowly: log income .045 x - .00085 x^2 after x years. */
static crease_status make_profile(lifecycle_run *run, crease_error *error) {
    double years = run->last_age - run->first_age;
    if (!(years >= 1 && years < 10000 && run->replacement >= 0 && isfinite(run->replacement)))
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "a life from age %g to age %g with a replacement rate of %g has no solution; take a last age "
            "above the first, and a rate that is not negative",
            run->first_age, run->last_age, run->replacement);
    crease_status status = make_room(run, (size_t)floor(years) + 1, error);
    double last = 1;
    for (size_t t = 0; t < run->ages && status == CREASE_OK; t++) {
        double x = (double)t;
        run->age[t] = run->first_age + x;
        run->survival[t] = 1;
        if (run->age[t] < run->retire)
            last = exp(.045 * x - .00085 * x * x);
        run->income[t] = run->age[t] < run->retire ? last : run->replacement * last;
    }
    return status;
}

static crease_status load_profile(lifecycle_run *run, crease_error *error) {
    crease_table *table;
    size_t age, income, survival;
    crease_status status = crease_csv_load(run->profile_path, NULL, &table, error);
    if (status != CREASE_OK)
        return status;
    status = crease_table_find(table, "age", &age, error);
    if (status == CREASE_OK)
        status = crease_table_find(table, "income", &income, error);
    if (status == CREASE_OK && table->rows < 2)
        status = crease_fail(error, CREASE_BAD_DATA, "%s: a life takes two ages or more", run->profile_path);
    if (status == CREASE_OK)
        status = make_room(run, table->rows, error);
    bool has_survival =
        status == CREASE_OK && crease_table_find(table, "survival", &survival, NULL) == CREASE_OK;
    for (size_t t = 0; t < table->rows && status == CREASE_OK; t++) {
        run->age[t] = table->column[age][t];
        run->income[t] = table->column[income][t];
        run->survival[t] = has_survival ? table->column[survival][t] : 1;
        if (t > 0 && run->age[t] != run->age[t - 1] + 1)
            status =
                crease_fail(error, CREASE_BAD_DATA, "%s: row %zu has age %g after %g; ages must go up by 1",
                            run->profile_path, t + 1, run->age[t], run->age[t - 1]);
    }
    crease_table_free(table);
    return status;
}

static crease_status solve(lifecycle_run *run, crease_error *error) {
    const savings_parameters *p = &run->risk.calibration.parameters;
    savings_life life = {.crra = p->crra,
                         .beta = p->beta,
                         .limit = p->limit,
                         .ages = run->ages,
                         .profile = run->income,
                         .survival = run->survival,
                         .states = run->risk.states,
                         .persistence = run->risk.persistence,
                         .sd = run->risk.sd,
                         .shocks = run->shocks};
    savings_rates_of(&run->risk.calibration.parameters, &life.rate_count, life.rate, life.rate_kink);
    while (life.retired < run->ages && run->age[life.retired] < run->retire)
        life.retired++;
    run->grid.threads = run->app.threads;
    run->grid.highest = run->highest;
    crease_status status = savings_lifecycle_solve(&life, &run->grid, &run->life, error);
    if (status == CREASE_OK)
        status = savings_lifecycle_cohort(run->life, run->assets, 0, run->highest, run->profile, error);
    return status;
}

static crease_status work(lifecycle_run *run, crease_error *error) {
    static const char *const unheard[] = {"survival", "growth", "sigma_permanent", NULL};
    double started = omp_get_wtime();
    crease_status status =
        savings_risk_read(&run->risk, unheard,
                          "income by age is the profile's (--profile, with its survival), and its "
                          "persistent part has --states",
                          error);
    run->risk.calibration.parameters.income_risk.sigma_permanent = -1; /* none */
    if (status == CREASE_OK)
        status = run->profile_path ? load_profile(run, error) : make_profile(run, error);
    if (status == CREASE_OK)
        status = savings_shocks_of(&run->risk.calibration.parameters, &run->shocks, error);
    if (status == CREASE_OK)
        status = solve(run, error);
    run->seconds = omp_get_wtime() - started;
    return status;
}

/* ---- reports ---- */

static crease_status write_columns(const char *path, size_t rows, size_t columns, const char *const *name,
                                   const double *cell, crease_error *error) {
    crease_table *table;
    crease_status status = crease_table_new(&table, rows, columns, error);
    if (status != CREASE_OK)
        return status;
    for (size_t k = 0; k < columns && status == CREASE_OK; k++) {
        status = crease_table_set_name(table, k, name[k], error);
        for (size_t i = 0; i < rows; i++)
            table->column[k][i] = cell[i * columns + k];
    }
    if (status == CREASE_OK)
        status = crease_csv_save(path, table, error);
    crease_table_free(table);
    return status;
}

static crease_status write_policies(const lifecycle_run *run, crease_error *error) {
    static const char *const name[] = {"age", "state", "level", "m", "c", "a", "V", "mpc"};
    enum { COLUMNS = 8 };
    const savings_lifecycle *l = run->life;
    size_t rows = 0, at = 0;
    for (size_t i = 0; i < l->ages * l->states; i++)
        rows += l->rule[i]->count;
    double *cell = rows <= SIZE_MAX / 128 ? malloc(rows * COLUMNS * sizeof *cell) : NULL;
    if (!cell)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a table of %zu rows", rows);
    for (size_t t = 0; t < l->ages; t++)
        for (size_t s = 0; s < l->states; s++) {
            const savings_rule *rule = l->rule[t * l->states + s];
            for (size_t i = 0; i < rule->count; i++, at++) {
                const double row[COLUMNS] = {run->age[t], (double)(s + 1),   l->markov->level[s],
                                             rule->m[i],  rule->c[i],        rule->a[i],
                                             rule->V[i],  rule->mpc_right[i]};
                memcpy(cell + at * COLUMNS, row, sizeof row);
            }
        }
    crease_status status = write_columns(run->output, rows, COLUMNS, name, cell, error);
    free(cell);
    return status;
}

static double stays(const savings_age_profile *profile, bool at_limit, double limit) {
    double sum = 0;
    for (size_t k = 0; k < profile->atoms; k++)
        sum += (profile->atom[k] == limit) == at_limit ? profile->means.atom[k] : 0;
    return sum;
}

static crease_status write_cohort(const lifecycle_run *run, crease_error *error) {
    static const char *const name[] = {"age",   "income", "c",   "a",        "sd_a",        "a_p10",
                                       "a_p50", "a_p90",  "mpc", "at_limit", "at_rate_kink"};
    enum { COLUMNS = 11 };
    double *cell = malloc(run->ages * COLUMNS * sizeof *cell);
    if (!cell)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a table of %zu rows", run->ages);
    for (size_t t = 0; t < run->ages; t++) {
        const savings_age_profile *p = &run->profile[t];
        double limit = run->life->household[t].limit;
        const double row[COLUMNS] = {run->age[t],
                                     p->means.income,
                                     p->means.c,
                                     p->means.a,
                                     p->sd,
                                     p->p10,
                                     p->p50,
                                     p->p90,
                                     p->means.mpc,
                                     stays(p, true, limit),
                                     stays(p, false, limit)};
        memcpy(cell + t * COLUMNS, row, sizeof row);
    }
    crease_status status = write_columns(run->cohort, run->ages, COLUMNS, name, cell, error);
    free(cell);
    return status;
}

static json_t *age_json(const lifecycle_run *run, size_t t) {
    const savings_age_profile *p = &run->profile[t];
    json_t *object = json_object(), *states = json_array();
    double limit = run->life->household[t].limit;
    crease_json_set_number(object, "age", run->age[t], NULL);
    crease_json_set_number(object, "mean_income", p->means.income, NULL);
    crease_json_set_number(object, "mean_consumption", p->means.c, NULL);
    crease_json_set_number(object, "mean_assets", p->means.a, NULL);
    crease_json_set_number(object, "sd_assets", p->sd, NULL);
    crease_json_set_number(object, "mean_mpc", p->means.mpc, NULL);
    crease_json_set_number(object, "at_limit", stays(p, true, limit), NULL);
    crease_json_set_number(object, "at_rate_kink", stays(p, false, limit), NULL);
    for (size_t s = 0; s < run->life->states; s++)
        json_array_append_new(states, savings_rule_kinks_json(run->life->rule[t * run->life->states + s]));
    json_object_set_new(object, "kinks_by_state", states);
    return object;
}

static int print_json(const lifecycle_run *run) {
    json_t *object = crease_json_begin("savings-lifecycle"), *ages = json_array();
    double above = 0;
    crease_json_set_text(object, "model", savings_model_name(run->risk.calibration.model));
    json_object_set_new(object, "parameters", savings_risk_json(&run->risk));
    json_object_set_new(object, "levels", crease_json_numbers(run->life->markov->level, run->life->states));
    for (size_t t = 0; t < run->ages; t++) {
        json_array_append_new(ages, age_json(run, t));
        above = fmax(above, run->profile[t].means.above);
    }
    json_object_set_new(object, "ages", ages);
    crease_json_set_number(object, "mass_above_highest", above, NULL);
    crease_json_set_number(object, "seconds", run->seconds, NULL);
    crease_json_set_count(object, "seed", (size_t)run->app.seed);
    return crease_json_finish(&run->app, object);
}

static int print_text(const lifecycle_run *run) {
    enum { SHOWN = 13 };
    static const char *const titles[] = {
        "age", "income",     "consumption",    "assets",
        "MPC", "% at limit", "% at rate kink", "kinks of c(m), middle income at m ="};
    bool to_stdout = crease_app_is_standard_output(run->output) || crease_app_is_standard_output(run->cohort);
    FILE *file = to_stdout ? stderr : stdout;
    crease_report *report = crease_report_new(sizeof titles / sizeof *titles, titles);
    size_t stride = run->ages > SHOWN ? (run->ages + SHOWN - 1) / SHOWN : 1;
    for (size_t t = 0; t < run->ages; t += stride) {
        const savings_age_profile *p = &run->profile[t];
        const savings_rule *rule = run->life->rule[t * run->life->states + run->life->states / 2];
        double limit = run->life->household[t].limit;
        const double cell[] = {run->age[t],
                               p->means.income,
                               p->means.c,
                               p->means.a,
                               p->means.mpc,
                               100 * stays(p, true, limit),
                               100 * stays(p, false, limit)};
        for (size_t k = 0; k < sizeof cell / sizeof *cell; k++)
            crease_report_number(report, cell[k], k == 0 ? 6 : 4);
        char text[128] = "";
        for (size_t i = 0, used = 0; i < rule->first_order && used + 16 < sizeof text; i++)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%.5f", i ? ", " : "",
                                     rule->m[rule->kink[i]]);
        crease_report_text(report, "%s", text);
    }
    crease_report_print(report, file);
    crease_report_free(report);
    return crease_app_end(&run->app);
}

static int draw(const lifecycle_run *run) {
    crease_plot *plot;
    crease_error error;
    if (savings_lifecycle_plot(run->life, run->age, run->profile, &plot, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    return crease_app_draw(
        &run->app, plot, run->app.plot,
        "the kinks of consumption move with age; the young borrow against rising income, and assets are "
        "run down to nothing at the end");
}

static void clear(lifecycle_run *run) {
    savings_lifecycle_free(run->life);
    savings_shocks_free(run->shocks);
    savings_risk_end(&run->risk);
    free(run->profile);
    free(run->age);
}

int savings_lifecycle_command(int argc, char **argv) {
    lifecycle_run run = {0};
    crease_error error;
    read_options(&run, argc, argv);
    crease_status status = work(&run, &error);
    if (status == CREASE_OK && run.output)
        status = write_policies(&run, &error);
    if (status == CREASE_OK && run.cohort)
        status = write_cohort(&run, &error);
    int code = status != CREASE_OK ? crease_app_fail(&run.app, &error)
               : run.app.json      ? print_json(&run)
                                   : print_text(&run);
    if (code == CREASE_EXIT_OK && run.app.plot)
        code = draw(&run);
    clear(&run);
    return code;
}
