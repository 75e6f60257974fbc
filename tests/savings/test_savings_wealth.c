/* Households with persistent income solved, and the wealth they hold: simulation, budgets, comparisons; and the program. */
#include "savings/risk/distribution.h"
#include "savings/risk/rouwenhorst.h"
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_STATES = 5 };

/* What a test asks for; 0 is none, but for states. */
typedef struct setting {
    size_t states;
    double sd, permanent, transitory, unemployment;
    double penalty, limit, R, growth, survival;
} setting;

typedef struct solved {
    setting setting;
    savings_household household;
    savings_markov *markov;
    savings_shocks *shocks, **list;
    savings_rule *rule[MOST_STATES];
    savings_distribution *d;
} solved;

static double or_none(double value) {
    return value > 0 ? value : -1;
}

static void solve(const setting *s, size_t nodes, bool weighted, solved *e) {
    crease_error error = {0};
    savings_income_risk risk = {.points = 3,
                                .sigma_permanent = or_none(s->permanent),
                                .sigma_transitory = or_none(s->transitory),
                                .unemployment = or_none(s->unemployment)};
    *e = (solved){.setting = *s};
    ck_assert_int_eq(savings_rouwenhorst(s->states, .85, s->sd, &e->markov, NULL), CREASE_OK);
    ck_assert_int_eq(savings_shocks_lognormal(&risk, &e->shocks, NULL), CREASE_OK);
    ck_assert_int_eq(savings_shocks_by_state(e->shocks, e->markov->level, s->states, &e->list, NULL),
                     CREASE_OK);
    e->household = (savings_household){.crra = 2,
                                       .discount = .94 * s->survival,
                                       .growth = s->growth,
                                       .rate_count = s->penalty > 0 ? 2 : 1,
                                       .rate = {s->R + s->penalty, s->R},
                                       .rate_kink = {0},
                                       .limit = s->limit,
                                       .states = s->states,
                                       .transition = e->markov->transition,
                                       .shocks = (const savings_shocks *const *)e->list};
    savings_grid_options grid = {.nodes = 200, .highest = 30};
    ck_assert_msg(savings_household_solve(&e->household, &grid, e->rule, NULL, &error) == CREASE_OK, "%s",
                  error.message);
    savings_distribution_options options = {
        .nodes = nodes, .highest = 30, .flow = {.survival = s->survival, .income_weighted = weighted}};
    ck_assert_msg(savings_distribution_solve(&e->household, (const savings_rule *const *)e->rule, &options,
                                             &e->d, &error) == CREASE_OK,
                  "%s", error.message);
    ck_assert(e->d->converged);
}

static void clear(solved *e) {
    for (size_t s = 0; s < e->setting.states; s++)
        savings_rule_free(e->rule[s]);
    savings_distribution_free(e->d);
    savings_shocks_list_free(e->list, e->setting.states);
    savings_shocks_free(e->shocks);
    savings_markov_free(e->markov);
}

static const setting wedge = {.states = 3,
                              .sd = .25,
                              .permanent = .1,
                              .transitory = .15,
                              .unemployment = .05,
                              .penalty = .15,
                              .limit = -.25,
                              .R = 1.02,
                              .growth = 1.01,
                              .survival = .97};

/* Mean, spread and atoms of many simulated households, each an independent draw after 150 years. */
START_TEST(test_against_simulated_households) {
    solved e;
    solve(&wedge, 800, false, &e);
    size_t households = test_cases(10000, 400000);
    double sum[5] = {0}, n = (double)households;
    gsl_rng *generator = crease_random_new(2, 0);
    for (size_t i = 0; i < households; i++) {
        double a = 0, c = 0;
        size_t s = 1;
        for (size_t t = 0; t < 150; t++) {
            bool born = gsl_rng_uniform(generator) >= .97;
            const double *p = born ? e.markov->stationary : e.markov->transition + 3 * s;
            double u = gsl_rng_uniform(generator), v = gsl_rng_uniform(generator);
            a = born ? 0 : a;
            s = u < p[0] ? 0 : u < p[0] + p[1] ? 1 : 2;
            size_t k = 0;
            while (k + 1 < e.shocks->count && v >= e.shocks->probability[k])
                v -= e.shocks->probability[k++];
            savings_rule_point point =
                savings_rule_evaluate(&e.household, e.rule[s],
                                      (a < 0 ? 1.17 : 1.02) * a / (1.01 * e.shocks->permanent[k]) +
                                          e.markov->level[s] * e.shocks->transitory[k]);
            a = point.a;
            c = point.c;
        }
        sum[0] += a;
        sum[1] += a * a;
        sum[2] += c;
        sum[3] += a == -.25;
        sum[4] += a == 0;
    }
    gsl_rng_free(generator);
    double mean = sum[0] / n, sd = sqrt(sum[1] / n - mean * mean);
    ck_assert_msg(fabs(e.d->means.a - mean) <= 4 * sd / sqrt(n), "mean %g, simulated %g", e.d->means.a, mean);
    ck_assert_msg(fabs(e.d->sd - sd) <= .05 * sd, "sd %g, simulated %g", e.d->sd, sd);
    ck_assert_msg(fabs(e.d->means.c - sum[2] / n) <= 4 * .4 / sqrt(n), "c %g, simulated %g", e.d->means.c,
                  sum[2] / n);
    for (size_t k = 0; k < 2; k++) {
        double share = sum[3 + k] / n;
        ck_assert_msg(fabs(e.d->means.atom[k] - share) <= 4 * sqrt(share / n), "atom at %g: %g, simulated %g",
                      e.d->atom[k], e.d->means.atom[k], share);
        ck_assert_double_gt(share, .005);
    }
    clear(&e);
}
END_TEST

/* On a grid twice and four times as fine the answers hardly move, by second order. */
START_TEST(test_refinement) {
    double mean[3], atom[3];
    for (size_t i = 0; i < 3; i++) {
        solved e;
        solve(&wedge, (size_t)400 << i, false, &e);
        mean[i] = e.d->means.a;
        atom[i] = e.d->means.atom[0];
        clear(&e);
    }
    ck_assert_double_le(fabs(mean[1] - mean[2]), 1e-5);
    ck_assert_double_le(fabs(mean[0] - mean[2]), 1e-4);
    ck_assert_double_le(fabs(atom[1] - atom[2]), 3e-2 * atom[2]);
}
END_TEST

/* Nobody dies, nothing grows, one rate: E[c] = E[income] + (R - 1) E[a]. */
START_TEST(test_budget_of_all_households) {
    for (size_t states = 1; states <= 5; states += 2) {
        setting s = {.states = states,
                     .sd = .2,
                     .transitory = .1,
                     .unemployment = .05,
                     .R = 1.03,
                     .growth = 1,
                     .survival = 1};
        solved e;
        solve(&s, 600, false, &e);
        ck_assert_double_eq_tol(e.d->means.income, 1, 1e-9);
        ck_assert_double_eq_tol(e.d->means.c, 1 + .03 * e.d->means.a, 1e-9);
        ck_assert_double_eq_tol(e.d->budget_residual, 0, 1e-10);
        clear(&e);
    }
}
END_TEST

/* Aggregates, counted by permanent income: E[c] + E[a] = E[income] + R E[a]/G whatever the permanent shocks. */
START_TEST(test_budget_in_aggregate) {
    setting s = {.states = 1,
                 .permanent = .1,
                 .transitory = .1,
                 .unemployment = .05,
                 .R = 1.03,
                 .growth = 1.02,
                 .survival = 1};
    solved e, plain;
    solve(&s, 600, true, &e);
    ck_assert_double_eq_tol(e.d->means.c + e.d->means.a, 1 + 1.03 / 1.02 * e.d->means.a, 1e-9);
    solve(&s, 600, false, &plain);
    ck_assert(fabs(plain.d->means.a - e.d->means.a) > 1e-3); /* not the mean of ratios */
    clear(&e);
    clear(&plain);
}
END_TEST

START_TEST(test_more_risk_more_wealth) {
    setting s = {.states = 1, .transitory = .05, .R = 1.03, .growth = 1, .survival = 1};
    double wealth[4];
    for (size_t i = 0; i < 4; i++) {
        solved e;
        s.states = i < 2 ? 1 : 3;
        s.transitory = i == 0 ? .05 : i == 1 ? .3 : .05;
        s.sd = i == 2 ? .05 : .3;
        solve(&s, 400, false, &e);
        wealth[i] = e.d->means.a;
        clear(&e);
    }
    ck_assert_double_gt(wealth[1], 1.5 * wealth[0]);
    ck_assert_double_gt(wealth[3], 1.5 * wealth[2]);
}
END_TEST

/* A wedge of nothing has no atom; a wider one holds more households at zero, and leaves the policy's ratio of the rates. */
START_TEST(test_wedge_and_its_atom) {
    double mass[2];
    for (size_t i = 0; i < 2; i++) {
        setting s = wedge;
        solved e;
        s.penalty = i ? .15 : .05;
        solve(&s, 500, false, &e);
        ck_assert_uint_eq(e.d->atoms, 2);
        mass[i] = e.d->means.atom[1];
        for (size_t k = 0; k < 3; k++) {
            const savings_rule *rule = e.rule[k];
            ck_assert_uint_eq(rule->first_order, 3);
            ck_assert_double_eq_tol(rule->c[rule->kink[2]] / rule->c[rule->kink[1]],
                                    sqrt((1.02 + s.penalty) / 1.02), 1e-9);
        }
        clear(&e);
    }
    ck_assert_double_gt(mass[1], 1.5 * mass[0]);
    setting s = wedge;
    solved e;
    s.penalty = 0;
    solve(&s, 500, false, &e);
    ck_assert_uint_eq(e.d->atoms, 1);
    clear(&e);
}
END_TEST

/* ---- the program ---- */

#define RUN(...) run_program(NULL, (const char *const[]){"crease-savings", "distribution", __VA_ARGS__, NULL})

START_TEST(test_program) {
    char *folder = run_folder_new(), wealth[512], policy[512], picture[512];
    snprintf(wealth, sizeof wealth, "%s/wealth.csv", folder);
    snprintf(policy, sizeof policy, "%s/policy.csv", folder);
    snprintf(picture, sizeof picture, "%s/wealth.svg", folder);
    run_result result = RUN("--states", "3", "--sigma-permanent", "0", "--nodes", "300", "-o", wealth,
                            "--policy", policy, "--plot", picture, "--json");
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    json_t *object = run_json(&result), *states = json_object_get(object, "states"),
           *atoms = json_object_get(object, "atoms");
    ck_assert_str_eq(json_string_value(json_object_get(object, "schema")), "crease/savings-distribution/1");
    ck_assert_uint_eq(json_array_size(states), 3);
    ck_assert_uint_eq(json_array_size(atoms), 2);
    ck_assert_str_eq(json_string_value(json_object_get(json_array_get(atoms, 0), "at")), "limit");
    ck_assert_double_eq(run_json_number(json_array_get(atoms, 0), "a"), -.2);
    ck_assert(json_is_true(json_object_get(object, "converged")));
    crease_table *table;
    double total = 0, mean = 0, by_state[3] = {0};
    ck_assert_int_eq(crease_csv_load(wealth, NULL, &table, NULL), CREASE_OK);
    ck_assert_uint_eq(table->columns, 6);
    for (size_t i = 0; i < table->rows; i++) {
        total += table->column[1][i];
        mean += table->column[1][i] * table->column[0][i];
        for (size_t s = 0; s < 3; s++)
            by_state[s] += table->column[3 + s][i];
        ck_assert_double_eq_tol(table->column[2][i], total, 1e-12);
    }
    ck_assert_double_eq_tol(total, 1, 1e-12);
    ck_assert_double_eq_tol(mean, run_json_number(object, "mean_assets"), 1e-9);
    for (size_t s = 0; s < 3; s++)
        ck_assert_double_eq_tol(by_state[s], run_json_number(json_array_get(states, s), "share"), 1e-9);
    crease_table_free(table);
    ck_assert_int_eq(crease_csv_load(policy, NULL, &table, NULL), CREASE_OK);
    for (size_t i = 0; i < table->rows; i++)
        ck_assert_double_eq_tol(table->column[3][i] + table->column[4][i], table->column[2][i], 1e-13);
    crease_table_free(table);
    json_decref(object);
    run_clear(&result);
    struct stat status;
    ck_assert(stat(picture, &status) == 0 && status.st_size > 8000);
    run_folder_remove(folder);
}
END_TEST

/* The kinks of K3 as an independent program has them (savings.md), and a household that lives by what it surely repays. */
START_TEST(test_program_on_K3) {
    run_result result = RUN("--nodes", "200", "--json");
    json_t *object = run_json(&result),
           *kinks = json_object_get(json_array_get(json_object_get(object, "states"), 0), "kinks");
    static const double m[3] = {.43066692, .83003223, .90029636};
    for (size_t i = 0; i < 3; i++)
        ck_assert_double_eq_tol(run_json_number(json_array_get(kinks, i), "m"), m[i], 1e-6);
    json_decref(object);
    run_clear(&result);
    result = RUN("--limit", "natural", "--nodes", "200", "--json");
    object = run_json(&result);
    ck_assert_uint_eq(json_array_size(json_object_get(object, "atoms")), 1);
    json_t *state = json_array_get(json_object_get(object, "states"), 0);
    ck_assert(isnan(run_json_number(state, "binding_m")));
    ck_assert(strstr(json_string_value(json_object_get(state, "why")), "never binds") != NULL);
    json_decref(object);
    run_clear(&result);
}
END_TEST

START_TEST(test_wrong_use) {
    run_must_fail(RUN("--model", "B"), 64, "no income risk");
    run_must_fail(RUN("--beta", "1.2"), 64, "lower beta");
    run_must_fail(RUN("--states", "0"), 64, "--states");
    run_must_fail(RUN("--states", "3", "--persistence", "1.5"), 64, "persistence");
    run_must_fail(RUN("--income-weighted"), 64, "nobody dies");
    run_must_fail(RUN("--newborn-assets", "-3"), 64, "-3");
    run_must_fail(RUN("--hihgest", "3"), 64, "did you mean --highest");
    run_must_fail(RUN("wealth.csv"), 64, "wealth.csv");
    run_must_fail(RUN("--json", "-o", "-"), 64, "standard output");
    run_must_fail(RUN("--nodes", "50", "-o", "/nonexistent/x.csv"), 74, "/nonexistent");
}
END_TEST

Suite *test_savings_wealth(void) {
    Suite *suite = suite_create("savings wealth");
    TCase *solved_cases = tcase_create("solved");
    tcase_set_timeout(solved_cases, 300);
    tcase_add_test(solved_cases, test_against_simulated_households);
    tcase_add_test(solved_cases, test_refinement);
    tcase_add_test(solved_cases, test_budget_of_all_households);
    tcase_add_test(solved_cases, test_budget_in_aggregate);
    tcase_add_test(solved_cases, test_more_risk_more_wealth);
    tcase_add_test(solved_cases, test_wedge_and_its_atom);
    suite_add_tcase(suite, solved_cases);
    TCase *program = tcase_create("program");
    tcase_set_timeout(program, 300);
    tcase_add_test(program, test_program);
    tcase_add_test(program, test_program_on_K3);
    tcase_add_test(program, test_wrong_use);
    suite_add_tcase(suite, program);
    return suite;
}
