/* crease savings distribution: persistent income, its policies, and who holds how much in the long run. */
#include "crease/file.h"
#include "crease/plot.h"
#include "savings/risk/risk_program.h"
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_NODES = 1600, KEY_HIGHEST, KEY_WEIGHTED, KEY_NEWBORN, KEY_POLICY };

typedef struct distribution_run {
    crease_app app;
    savings_risk_options risk;
    savings_grid_options grid;
    savings_distribution_options options;
    const char *output, *policy;
    savings_markov *markov;
    savings_shocks *shocks, **list;
    savings_household household;
    savings_rule **rule;
    savings_distribution *result;
    size_t iterations;
    double seconds;
} distribution_run;

static const struct argp_option options[] = {
    {0, 0, 0, 0, "The distribution:", 30},
    {"nodes", KEY_NODES, "N", 0, "nodes of assets (2000)", 0},
    {"highest", KEY_HIGHEST, "A", 0, "highest node (50)", 0},
    {"newborn-assets", KEY_NEWBORN, "A", 0, "what newborns hold, who take the places of the dead (0)", 0},
    {"income-weighted", KEY_WEIGHTED, 0, 0,
     "count households by their permanent income: aggregates (survival 1)", 0},
    {"output", 'o', "OUT.csv", 0,
     "write a, mass, cumulated and the mass in each income state; - is standard output", 0},
    {"policy", KEY_POLICY, "OUT.csv", 0, "write state, level, m, c, a, V, mpc", 0},
    {0}};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    distribution_run *run = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &run->risk;
        return 0;
    case KEY_NODES:
        run->options.nodes = crease_app_count(&run->app, "--nodes", argument, 2);
        return 0;
    case KEY_HIGHEST:
        run->options.highest = crease_app_positive(&run->app, "--highest", argument);
        return 0;
    case KEY_WEIGHTED:
        run->options.flow.income_weighted = true;
        return 0;
    case KEY_NEWBORN:
        run->options.flow.newborn = crease_app_number(&run->app, "--newborn-assets", argument);
        return 0;
    case KEY_POLICY:
        run->policy = argument;
        return 0;
    case 'o':
        run->output = argument;
        return 0;
    case ARGP_KEY_ARG:
        crease_app_usage_error(&run->app, "distribution takes no file, and so not '%s'", argument);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void read_options(distribution_run *run, int argc, char **argv) {
    static const struct argp_child children[] = {{&savings_risk_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {.options = options,
                                     .parser = parse_option,
                                     .children = children,
                                     .doc = "Solves a household's problem under income risk, with or without "
                                            "a persistent level of income, and finds "
                                            "the distribution of assets that its policy brings about: its "
                                            "mean, inequality, and the masses that stay "
                                            "at the borrowing limit and at the kink of the rate."};
    run->app = (crease_app){
        .name = "crease savings distribution",
        .examples = "  build/bin/crease savings distribution\n"
                    "  build/bin/crease savings distribution --states 5 --sigma-permanent 0 -o "
                    "build/wealth.csv --json\n"
                    "  build/bin/crease savings distribution --model D1 --plot build/wealth.png\n"};
    run->risk = savings_risk_begin(&run->app);
    crease_app_parse(&run->app, &argp, argc, argv, run);
    bool to_stdout = crease_app_is_standard_output(run->output) || crease_app_is_standard_output(run->policy);
    if (run->app.json && to_stdout)
        crease_app_usage_error(&run->app, "--json and a file '-' both write to standard output; name a file");
}

static crease_status make_household(distribution_run *run, crease_error *error) {
    crease_status status = savings_risk_read(&run->risk, NULL, NULL, error);
    const savings_parameters *p = &run->risk.calibration.parameters;
    savings_household *h = &run->household;
    size_t states = run->risk.states;
    if (status == CREASE_OK)
        status = savings_rouwenhorst(states, run->risk.persistence, run->risk.sd, &run->markov, error);
    if (status == CREASE_OK)
        status = savings_shocks_of(&run->risk.calibration.parameters, &run->shocks, error);
    if (status == CREASE_OK)
        status = savings_shocks_by_state(run->shocks, run->markov->level, states, &run->list, error);
    if (status != CREASE_OK)
        return status;
    *h = (savings_household){.crra = p->crra,
                             .discount = p->beta * p->survival,
                             .growth = p->growth,
                             .limit = p->limit,
                             .states = states,
                             .transition = run->markov->transition,
                             .shocks = (const savings_shocks *const *)run->list};
    savings_rates_of(&run->risk.calibration.parameters, &h->rate_count, h->rate, h->rate_kink);
    return savings_household_check(h, true, NULL, error);
}

static crease_status work(distribution_run *run, crease_error *error) {
    double started = omp_get_wtime();
    crease_status status = make_household(run, error);
    if (status != CREASE_OK)
        return status;
    run->rule = calloc(run->household.states, sizeof *run->rule);
    if (!run->rule)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for policies");
    crease_progress bar = crease_progress_begin(&run->app, "backward steps");
    run->grid.interrupted = run->options.interrupted = crease_app_interrupted;
    run->grid.progress = crease_progress_update;
    run->grid.progress_context = &bar;
    run->grid.threads = run->app.threads;
    run->grid.highest = run->options.highest;
    status = savings_household_solve(&run->household, &run->grid, run->rule, &run->iterations, error);
    crease_progress_end(&bar);
    run->grid.progress_context = NULL;
    run->options.flow.survival = run->risk.calibration.parameters.survival;
    if (status == CREASE_OK && !crease_app_interrupted(NULL))
        status = savings_distribution_solve(&run->household, (const savings_rule *const *)run->rule,
                                            &run->options, &run->result, error);
    run->seconds = omp_get_wtime() - started;
    return status;
}

/* ---- reports ---- */

static crease_status write_masses(const distribution_run *run, crease_error *error) {
    const savings_distribution *d = run->result;
    size_t columns = d->states > 1 ? 3 + d->states : 3;
    double cumulated = 0;
    crease_table *table;
    crease_status status = crease_table_new(&table, d->nodes, columns, error);
    if (status != CREASE_OK)
        return status;
    static const char *const name[] = {"a", "mass", "cumulated"};
    for (size_t i = 0; i < columns && status == CREASE_OK; i++) {
        char text[32];
        snprintf(text, sizeof text, "mass_%zu", i - 2);
        status = crease_table_set_name(table, i, i < 3 ? name[i] : text, error);
    }
    for (size_t j = 0; j < d->nodes; j++) {
        table->column[0][j] = d->a[j];
        table->column[1][j] = d->marginal[j];
        table->column[2][j] = cumulated += d->marginal[j];
        for (size_t s = 0; s < d->states && columns > 3; s++)
            table->column[3 + s][j] = d->mass[s * d->nodes + j];
    }
    if (status == CREASE_OK)
        status = crease_csv_save(run->output, table, error);
    crease_table_free(table);
    return status;
}

static crease_status write_policy(const distribution_run *run, crease_error *error) {
    size_t rows = 0, row = 0;
    for (size_t s = 0; s < run->household.states; s++)
        rows += run->rule[s]->count;
    crease_table *table;
    crease_status status = crease_table_new(&table, rows, 7, error);
    if (status != CREASE_OK)
        return status;
    static const char *const name[] = {"state", "level", "m", "c", "a", "V", "mpc"};
    for (size_t i = 0; i < 7 && status == CREASE_OK; i++)
        status = crease_table_set_name(table, i, name[i], error);
    for (size_t s = 0; s < run->household.states; s++)
        for (size_t i = 0; i < run->rule[s]->count; i++, row++) {
            const savings_rule *rule = run->rule[s];
            const double cell[] = {(double)(s + 1), run->markov->level[s], rule->m[i], rule->c[i], rule->a[i],
                                   rule->V[i],      rule->mpc_right[i]};
            for (size_t k = 0; k < 7; k++)
                table->column[k][row] = cell[k];
        }
    if (status == CREASE_OK)
        status = crease_csv_save(run->policy, table, error);
    crease_table_free(table);
    return status;
}

static const char *atom_name(const distribution_run *run, size_t k) {
    return run->result->atom[k] == run->household.limit ? "limit" : "kink of the rate";
}

static json_t *states_json(const distribution_run *run) {
    json_t *list = json_array();
    for (size_t s = 0; s < run->household.states; s++) {
        const savings_rule *rule = run->rule[s];
        json_t *state = json_object();
        crease_json_set_number(state, "level", run->markov->level[s], NULL);
        crease_json_set_number(state, "share", run->markov->stationary[s], NULL);
        crease_json_set_number(state, "binding_m", rule->limit_binds ? rule->m[0] : NAN,
                               "the limit never binds");
        json_object_set_new(state, "kinks", savings_rule_kinks_json(rule));
        json_array_append_new(list, state);
    }
    return list;
}

static json_t *atoms_json(const distribution_run *run) {
    json_t *list = json_array();
    for (size_t k = 0; k < run->result->atoms; k++) {
        json_t *atom = json_object();
        crease_json_set_number(atom, "a", run->result->atom[k], NULL);
        crease_json_set_number(atom, "mass", run->result->means.atom[k], NULL);
        crease_json_set_text(atom, "at", atom_name(run, k));
        json_array_append_new(list, atom);
    }
    return list;
}

static int print_json(const distribution_run *run) {
    const savings_distribution *d = run->result;
    const char *no_mean = "the mean of assets is not positive";
    json_t *object = crease_json_begin("savings-distribution"), *percentiles = json_object();
    crease_json_set_text(object, "model", savings_model_name(run->risk.calibration.model));
    json_object_set_new(object, "parameters", savings_risk_json(&run->risk));
    json_object_set_new(object, "income_weighted", json_boolean(run->options.flow.income_weighted));
    json_object_set_new(object, "states", states_json(run));
    crease_json_set_number(object, "mean_assets", d->means.a, NULL);
    crease_json_set_number(object, "mean_consumption", d->means.c, NULL);
    crease_json_set_number(object, "mean_income", d->means.income, NULL);
    crease_json_set_number(object, "mean_cash_on_hand", d->means.m, NULL);
    crease_json_set_number(object, "mean_mpc", d->means.mpc, NULL);
    crease_json_set_number(object, "sd_assets", d->sd, NULL);
    crease_json_set_number(object, "gini", d->gini, no_mean);
    crease_json_set_number(object, "top_tenth_share", d->top_tenth, no_mean);
    for (size_t k = 0; k < SAVINGS_PERCENTILES; k++) {
        char key[32];
        snprintf(key, sizeof key, "p%g", 100 * savings_percentile_share[k]);
        crease_json_set_number(percentiles, key, d->percentile[k], NULL);
    }
    json_object_set_new(object, "percentiles", percentiles);
    json_object_set_new(object, "atoms", atoms_json(run));
    crease_json_set_number(object, "mass_above_highest", d->means.above, NULL);
    crease_json_set_number(object, "budget_residual", d->budget_residual, NULL);
    json_object_set_new(object, "converged", json_boolean(d->converged));
    crease_json_set_number(object, "change", d->change, "the masses still move too fast to tell");
    crease_json_set_count(object, "iterations", d->iterations);
    crease_json_set_count(object, "policy_iterations", run->iterations);
    crease_json_set_count(object, "nodes", d->nodes);
    crease_json_set_number(object, "seconds", run->seconds, NULL);
    crease_json_set_count(object, "seed", (size_t)run->app.seed);
    return crease_json_finish(&run->app, object);
}

static int print_text(const distribution_run *run) {
    const savings_distribution *d = run->result;
    bool to_stdout = crease_app_is_standard_output(run->output) || crease_app_is_standard_output(run->policy);
    FILE *file = to_stdout ? stderr : stdout;
    fprintf(file, "mean assets %.6g, consumption %.6g, income %.6g, marginal propensity to consume %.4f\n",
            d->means.a, d->means.c, d->means.income, d->means.mpc);
    if (isfinite(d->gini))
        fprintf(file, "Gini of assets %.4f, the richest tenth holds %.1f %%\n", d->gini, 100 * d->top_tenth);
    for (size_t k = 0; k < d->atoms; k++)
        fprintf(file, "%.3f %% of households stay at a = %g, the %s\n", 100 * d->means.atom[k], d->atom[k],
                atom_name(run, k));
    fputs("percentiles of assets:", file);
    for (size_t k = 0; k < SAVINGS_PERCENTILES; k++)
        fprintf(file, "%s %g %%: %.4g", k ? "," : "", 100 * savings_percentile_share[k], d->percentile[k]);
    static const char *const titles[] = {"income", "share", "kink at m", "c", "assets", "MPC left", "right"};
    crease_report *report = crease_report_new(sizeof titles / sizeof *titles, titles);
    for (size_t s = 0; s < run->household.states; s++)
        for (size_t i = 0; i < run->rule[s]->first_order; i++) {
            size_t node = run->rule[s]->kink[i];
            const double cell[] = {run->markov->level[s],        run->markov->stationary[s],
                                   run->rule[s]->m[node],        run->rule[s]->c[node],
                                   run->rule[s]->a[node],        run->rule[s]->mpc_left[node],
                                   run->rule[s]->mpc_right[node]};
            for (size_t k = 0; k < 7; k++)
                crease_report_number(report, cell[k], k == 2 || k == 3 ? 9 : 5);
        }
    fputs("\nkinks of consumption by income state\n", file);
    crease_report_print(report, file);
    crease_report_free(report);
    if (d->means.above > 1e-6)
        crease_app_note(&run->app,
                        "%.2g of households would save more than the highest node holds; raise --highest",
                        d->means.above);
    if (!d->converged)
        crease_app_note(&run->app, "the distribution still moves (%.1e) after %zu steps", d->change,
                        d->iterations);
    return crease_app_end(&run->app);
}

static int draw(const distribution_run *run) {
    crease_plot *plot;
    crease_error error;
    if (savings_distribution_plot(&run->household, (const savings_rule *const *)run->rule, run->result, &plot,
                                  &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    return crease_app_draw(
        &run->app, plot, run->app.plot,
        "households pile up where the policy is flat in assets: at the limit and at the kink of the "
        "rate");
}

static void clear(distribution_run *run) {
    for (size_t s = 0; run->rule && s < run->household.states; s++)
        savings_rule_free(run->rule[s]);
    free(run->rule);
    savings_distribution_free(run->result);
    savings_shocks_list_free(run->list, run->risk.states);
    savings_shocks_free(run->shocks);
    savings_markov_free(run->markov);
    savings_risk_end(&run->risk);
}

int savings_distribution_command(int argc, char **argv) {
    distribution_run run = {0};
    crease_error error;
    read_options(&run, argc, argv);
    crease_app_catch_interrupt();
    crease_status status = work(&run, &error);
    bool interrupted = crease_app_interrupted(NULL), has_result = status == CREASE_OK && run.result;
    if (has_result && run.output)
        status = write_masses(&run, &error);
    if (has_result && status == CREASE_OK && run.policy)
        status = write_policy(&run, &error);
    int code = interrupted && !has_result
                   ? crease_app_fail_text(&run.app, CREASE_EXIT_INTERRUPTED,
                                          "interrupted before there was a distribution")
               : status != CREASE_OK ? crease_app_fail(&run.app, &error)
               : run.app.json        ? print_json(&run)
                                     : print_text(&run);
    if (code == CREASE_EXIT_OK && run.app.plot)
        code = draw(&run);
    if (code == CREASE_EXIT_OK && interrupted)
        code = CREASE_EXIT_INTERRUPTED;
    clear(&run);
    return code;
}
