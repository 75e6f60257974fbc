/* Distributions of wealth under given policies: against closed forms, a dense matrix, simulation. */
#include "savings/risk/distribution.h"
#include "savings/risk/rouwenhorst.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- policies given by hand ---- */

static savings_markov *chain(size_t states, double persistence, double sd) {
    savings_markov *markov;
    crease_error error = {0};
    ck_assert_msg(savings_rouwenhorst(states, persistence, sd, &markov, &error) == CREASE_OK, "%s",
                  error.message);
    return markov;
}

/* c = m - limit up to the first node, then straight on. */
static savings_rule *straight_rule(double limit, double from, double mpc) {
    savings_rule *rule;
    ck_assert_int_eq(savings_rule_new(&rule, 2, NULL), CREASE_OK);
    rule->count = 1;
    rule->m[0] = from;
    rule->c[0] = from - limit;
    rule->a[0] = limit;
    rule->mpc_left[0] = 1;
    rule->mpc_right[0] = mpc;
    rule->lowest = limit;
    rule->limit_binds = true;
    return rule;
}

/* c = mpc (m - lowest): a = lowest + (1 - mpc)(m - lowest). */
static savings_rule *proportional_rule(double lowest, double mpc) {
    savings_rule *rule = straight_rule(lowest, lowest + 1, mpc);
    rule->c[0] = mpc;
    rule->a[0] = lowest + 1 - mpc;
    rule->mpc_left[0] = mpc;
    rule->limit_binds = false;
    return rule;
}

static savings_shocks *lognormal(double psi, double eps, double unemployment) {
    savings_income_risk risk = {.sigma_permanent = psi > 0 ? psi : -1,
                                .sigma_transitory = eps > 0 ? eps : -1,
                                .unemployment = unemployment > 0 ? unemployment : -1,
                                .points = 5};
    savings_shocks *shocks;
    ck_assert_int_eq(savings_shocks_lognormal(&risk, &shocks, NULL), CREASE_OK);
    return shocks;
}

static savings_distribution *distribute(const savings_household *household, const savings_rule *const *rule,
                                        savings_distribution_options options) {
    savings_distribution *distribution;
    crease_error error = {0};
    crease_status status = savings_distribution_solve(household, rule, &options, &distribution, &error);
    ck_assert_msg(status == CREASE_OK, "%s", error.message);
    ck_assert_msg(distribution->converged, "not converged: %g after %zu", distribution->change,
                  distribution->iterations);
    return distribution;
}

/* a' = s m' with m' = R a/(G psi) + theta: E a = s/(1 - s R E[1/(G psi)]), and its variance. */
START_TEST(test_mean_and_variance_of_a_linear_policy) {
    for (size_t permanent = 0; permanent < 2; permanent++) {
        savings_shocks *shocks = lognormal(permanent ? .1 : 0, .2, .05);
        const savings_shocks *list[] = {shocks};
        savings_household household = {.crra = 2,
                                       .discount = .9,
                                       .growth = 1.02,
                                       .rate_count = 1,
                                       .rate = {1.03},
                                       .states = 1,
                                       .shocks = list};
        savings_rule *rule = proportional_rule(0, .3);
        double x = 0, xx = 0, y = 0, yy = 0, xy = 0, s = .7;
        for (size_t k = 0; k < shocks->count; k++) {
            double p = shocks->probability[k], r = 1.03 / (1.02 * shocks->permanent[k]),
                   t = shocks->transitory[k];
            x += p * r;
            xx += p * r * r;
            y += p * t;
            yy += p * t * t;
            xy += p * r * t;
        }
        double mean = s * y / (1 - s * x), square = s * s * (yy + 2 * xy * mean) / (1 - s * s * xx);
        savings_distribution *d = distribute(&household, (const savings_rule *const[]){rule},
                                             (savings_distribution_options){.nodes = 2000, .highest = 30});
        ck_assert_double_eq_tol(d->means.a, mean, 1e-10);
        ck_assert_double_eq_tol(d->sd, sqrt(square - mean * mean), 1e-4);
        ck_assert_double_eq_tol(d->budget_residual, 0, 1e-11);
        ck_assert_double_eq_tol(d->means.mpc, .3, 1e-13);
        ck_assert_double_eq_tol(d->means.income, y, 1e-13);
        ck_assert_double_eq_tol(d->means.above, 0, 1e-13);
        ck_assert_uint_eq(d->atoms, 0);
        savings_distribution_free(d);
        savings_rule_free(rule);
        savings_shocks_free(shocks);
    }
}
END_TEST

typedef struct economy {
    savings_household household;
    savings_markov *markov;
    savings_shocks *shocks, **list;
    savings_rule *rule[3];
} economy;

/* Three income states, a limit at -.5, a wedge at 0 with a flat stretch, permanent shocks; policies of made-up slopes. */
static void make_economy(economy *e) {
    e->markov = chain(3, .8, .3);
    e->shocks = lognormal(.15, .1, .1);
    ck_assert_int_eq(savings_shocks_by_state(e->shocks, e->markov->level, 3, &e->list, NULL), CREASE_OK);
    e->household = (savings_household){.crra = 2,
                                       .discount = .95,
                                       .growth = 1.01,
                                       .rate_count = 2,
                                       .rate = {1.1, 1.02},
                                       .rate_kink = {0},
                                       .limit = -.5,
                                       .states = 3,
                                       .transition = e->markov->transition,
                                       .shocks = (const savings_shocks *const *)e->list};
    for (size_t s = 0; s < 3; s++) {
        double shift = .1 * (double)s, binding = .2 + shift, low = .9 + shift, high = 1.1 + shift;
        ck_assert_int_eq(savings_rule_new(&e->rule[s], 3, NULL), CREASE_OK);
        const double m[3] = {binding, low, high}, c[3] = {binding + .5, low, high};
        double slope = (low - binding - .5) / (low - binding);
        const double left[3] = {1, slope, 1}, right[3] = {slope, 1, .3};
        for (size_t i = 0; i < 3; i++) {
            e->rule[s]->m[i] = m[i];
            e->rule[s]->c[i] = c[i];
            e->rule[s]->a[i] = i == 0 ? -.5 : 0;
            e->rule[s]->mpc_left[i] = left[i];
            e->rule[s]->mpc_right[i] = right[i];
        }
        e->rule[s]->count = 3;
        e->rule[s]->lowest = -.5;
        e->rule[s]->limit_binds = true;
    }
}

static void clear_economy(economy *e) {
    for (size_t s = 0; s < 3; s++)
        savings_rule_free(e->rule[s]);
    savings_shocks_list_free(e->list, 3);
    savings_shocks_free(e->shocks);
    savings_markov_free(e->markov);
}

static const savings_rule *const *rules(const economy *e) {
    return (const savings_rule *const *)e->rule;
}

/* The policy of the economy, written out again. */
static double spend(size_t s, double m) {
    double shift = .1 * (double)s, binding = .2 + shift, low = .9 + shift, high = 1.1 + shift;
    if (m <= binding)
        return m + .5;
    if (m < low)
        return binding + .5 + (low - binding - .5) / (low - binding) * (m - binding);
    return m <= high ? m : high + .3 * (m - high);
}

/* On few nodes: the same chain as one dense matrix, built here, whose stationary vector comes from elimination. */
START_TEST(test_masses_against_a_dense_matrix) {
    economy e;
    make_economy(&e);
    savings_distribution_options options = {
        .nodes = 25, .highest = 8, .flow = {.survival = .97, .newborn = .1}};
    savings_distribution *d = distribute(&e.household, rules(&e), options);
    size_t n = d->nodes, size = 3 * n;
    double *matrix = calloc(size * size, sizeof *matrix), *exact = calloc(size, sizeof *exact), largest = 0;
    for (size_t from = 0; from < size; from++)
        for (size_t s = 0; s < 3; s++)
            for (int born = 0; born < 2; born++)
                for (size_t k = 0; k < e.shocks->count; k++) {
                    double a = born ? .1 : d->a[from % n];
                    double p =
                        born ? .03 * e.markov->stationary[s] : .97 * e.markov->transition[3 * (from / n) + s];
                    double m = (a < 0 ? 1.1 : 1.02) * a / (1.01 * e.shocks->permanent[k]) +
                               e.markov->level[s] * e.shocks->transitory[k];
                    double next = m - spend(s, m);
                    size_t i = 0;
                    while (i + 2 < n && d->a[i + 1] <= next)
                        i++;
                    double w = fmin(fmax((next - d->a[i]) / (d->a[i + 1] - d->a[i]), 0), 1);
                    matrix[from * size + s * n + i] += p * e.shocks->probability[k] * (1 - w);
                    matrix[from * size + s * n + i + 1] += p * e.shocks->probability[k] * w;
                }
    ck_assert_int_eq(savings_stationary(size, matrix, exact, NULL), CREASE_OK);
    for (size_t i = 0; i < size; i++)
        largest = fmax(largest, fabs(exact[i] - d->mass[i]));
    ck_assert_msg(largest <= 1e-12, "masses differ by %g", largest);
    free(matrix);
    free(exact);
    savings_distribution_free(d);
    clear_economy(&e);
}
END_TEST

static void assert_invariant(const economy *e, const savings_distribution *d, savings_flow_options options) {
    savings_flow *flow;
    size_t size = d->states * d->nodes;
    double *next = calloc(size, sizeof *next), total = 0, change = 0, by_state[3] = {0};
    ck_assert_int_eq(savings_flow_new(&e->household, rules(e), d->nodes, d->a, &options, &flow, NULL),
                     CREASE_OK);
    savings_flow_push(flow, d->mass, next);
    for (size_t i = 0; i < size; i++) {
        ck_assert_double_ge(d->mass[i], 0);
        total += d->mass[i];
        change += fabs(next[i] - d->mass[i]);
        by_state[i / d->nodes] += d->mass[i];
    }
    ck_assert_double_eq_tol(total, 1, 1e-13);
    ck_assert_double_le(change, 1e-12);
    for (size_t s = 0; s < 3; s++)
        ck_assert_double_eq_tol(by_state[s], e->markov->stationary[s], 1e-11);
    savings_flow_free(flow);
    free(next);
}

typedef struct tally {
    double a, aa, limit, flat, c;
} tally;

/* One household after another: in the end it has one draw of the stationary distribution. */
static tally simulate(const economy *e, size_t households, double survival, uint64_t seed) {
    tally sum = {0};
    gsl_rng *generator = crease_random_new(seed, 0);
    for (size_t i = 0; i < households; i++) {
        double a = 0, c = 0;
        size_t s = 1;
        for (size_t t = 0; t < 120; t++) {
            bool born = gsl_rng_uniform(generator) >= survival;
            const double *p = born ? e->markov->stationary : e->markov->transition + 3 * s;
            double u = gsl_rng_uniform(generator), v = gsl_rng_uniform(generator);
            a = born ? 0 : a;
            s = u < p[0] ? 0 : u < p[0] + p[1] ? 1 : 2;
            size_t k = 0;
            while (k + 1 < e->shocks->count && v >= e->shocks->probability[k])
                v -= e->shocks->probability[k++];
            double m = (a < 0 ? 1.1 : 1.02) * a / (1.01 * e->shocks->permanent[k]) +
                       e->markov->level[s] * e->shocks->transitory[k];
            double low = .2 + .1 * (double)s, flat_from = .9 + .1 * (double)s, flat_to = 1.1 + .1 * (double)s;
            c = spend(s, m);
            a = m <= low ? -.5 : m >= flat_from && m <= flat_to ? 0 : m - c;
        }
        sum.a += a;
        sum.aa += a * a;
        sum.c += c;
        sum.limit += a == -.5;
        sum.flat += a == 0;
    }
    gsl_rng_free(generator);
    double n = (double)households;
    return (tally){sum.a / n, sum.aa / n, sum.limit / n, sum.flat / n, sum.c / n};
}

START_TEST(test_against_simulated_households) {
    economy e;
    make_economy(&e);
    size_t households = test_cases(20000, 1000000);
    for (size_t mortal = 0; mortal < 2; mortal++) {
        savings_flow_options flow = {.survival = mortal ? .95 : 1};
        savings_distribution *d =
            distribute(&e.household, rules(&e), (savings_distribution_options){.nodes = 1500, .flow = flow});
        tally t = simulate(&e, households, flow.survival, 11 + mortal);
        double n = sqrt((double)households), sd = sqrt(t.aa - t.a * t.a);
        assert_invariant(&e, d, flow);
        ck_assert_uint_eq(d->atoms, 2);
        ck_assert_double_eq(d->atom[0], -.5);
        ck_assert_double_eq(d->atom[1], 0);
        ck_assert_msg(fabs(d->means.a - t.a) <= 4 * sd / n, "mean %g, simulated %g", d->means.a, t.a);
        ck_assert_msg(fabs(d->sd - sd) <= 8 * sd / n, "sd %g, simulated %g", d->sd, sd);
        ck_assert_msg(fabs(d->means.atom[0] - t.limit) <= 4 * sqrt(t.limit) / n, "limit %g, simulated %g",
                      d->means.atom[0], t.limit);
        ck_assert_msg(fabs(d->means.atom[1] - t.flat) <= 4 * sqrt(t.flat) / n, "flat %g, simulated %g",
                      d->means.atom[1], t.flat);
        ck_assert_msg(fabs(d->means.c - t.c) <= 4 * .5 / n, "c %g, simulated %g", d->means.c, t.c);
        ck_assert_double_eq_tol(d->budget_residual, 0, 1e-11);
        /* the node of an atom holds at least the atom */
        for (size_t k = 0; k < 2; k++)
            for (size_t j = 0; j < d->nodes; j++)
                if (d->a[j] == d->atom[k])
                    ck_assert(d->marginal[j] >= d->means.atom[k] - 1e-12 &&
                              d->marginal[j] <= d->means.atom[k] + .02);
        ck_assert_double_gt(d->means.atom[0], .005);
        ck_assert_double_gt(d->means.atom[1], .02);
        savings_distribution_free(d);
    }
    clear_economy(&e);
}
END_TEST

/* Weights by permanent income give aggregates: E[psi a' ..] counted by simulating levels in a linear economy, where the mean
 * has a closed form: A' = s (R A + P' theta), so A/P = s/(1 - s R/G) whatever psi. */
START_TEST(test_weights_by_permanent_income) {
    savings_shocks *shocks = lognormal(.3, .1, 0);
    const savings_shocks *list[] = {shocks};
    savings_household household = {.crra = 2,
                                   .discount = .9,
                                   .growth = 1.02,
                                   .rate_count = 1,
                                   .rate = {1.03},
                                   .states = 1,
                                   .shocks = list};
    savings_rule *rule = proportional_rule(0, .4);
    savings_distribution_options options = {.nodes = 1500, .highest = 40, .flow = {.income_weighted = true}};
    savings_distribution *d = distribute(&household, (const savings_rule *const[]){rule}, options);
    /* E[psi] is 1 only up to rounding of the discretisation */
    ck_assert_double_eq_tol(d->means.a, .6 / (1 - .6 * 1.03 / 1.02), 1e-10);
    savings_distribution_free(d);
    options.flow.survival = .9;
    crease_error error = {0};
    ck_assert_int_eq(
        savings_distribution_solve(&household, (const savings_rule *const[]){rule}, &options, &d, &error),
        CREASE_BAD_ARGUMENT);
    ck_assert(strstr(error.message, "nobody dies") != NULL);
    savings_rule_free(rule);
    savings_shocks_free(shocks);
}
END_TEST

/* Every pair counted. */
START_TEST(test_inequality_by_pairs) {
    for (uint64_t seed = 1; seed <= 50; seed++) {
        gsl_rng *generator = crease_random_new(seed, 0);
        enum { N = 40 };
        double a[N], mass[N], total = 0, mean = 0, pairs = 0, square = 0;
        for (size_t i = 0; i < N; i++) {
            a[i] = (i ? a[i - 1] : -.5) + gsl_rng_uniform_pos(generator) * .3;
            mass[i] = gsl_rng_uniform(generator) < .3 ? 0 : gsl_rng_uniform(generator);
            total += mass[i];
        }
        for (size_t i = 0; i < N; i++) {
            mass[i] /= total;
            mean += mass[i] * a[i];
        }
        for (size_t i = 0; i < N; i++) {
            square += mass[i] * (a[i] - mean) * (a[i] - mean);
            for (size_t j = 0; j < N; j++)
                pairs += mass[i] * mass[j] * fabs(a[i] - a[j]);
        }
        double sd, gini, percentile[SAVINGS_PERCENTILES], top, rest = .1, held = 0;
        savings_distribution_describe(N, a, mass, &sd, &gini, percentile, &top);
        ck_assert_double_eq_tol(gini, pairs / (2 * mean), 1e-12);
        ck_assert_double_eq_tol(sd, sqrt(square), 1e-13);
        for (size_t i = N; i-- > 0 && rest > 0;) {
            double taken = fmin(rest, mass[i]);
            held += taken * a[i];
            rest -= taken;
        }
        ck_assert_double_eq_tol(top, held / mean, 1e-12);
        for (size_t k = 0; k < SAVINGS_PERCENTILES; k++) {
            double upto = 0, below = 0;
            for (size_t i = 0; i < N; i++) {
                upto += a[i] <= percentile[k] ? mass[i] : 0;
                below += a[i] < percentile[k] ? mass[i] : 0;
            }
            ck_assert(upto >= savings_percentile_share[k] - 1e-12 &&
                      below < savings_percentile_share[k] + 1e-12);
        }
        gsl_rng_free(generator);
    }
    /* one point holds everybody; nothing to share when the mean is not positive */
    double a[2] = {-1, 2}, mass[2] = {0, 1}, sd, gini, percentile[SAVINGS_PERCENTILES], top;
    savings_distribution_describe(2, a, mass, &sd, &gini, percentile, &top);
    ck_assert_double_eq(gini, 0);
    ck_assert_double_eq(sd, 0);
    ck_assert_double_eq_tol(top, .1, 1e-15);
    mass[0] = 1, mass[1] = 0;
    savings_distribution_describe(2, a, mass, &sd, &gini, percentile, &top);
    ck_assert(isnan(gini) && isnan(top));
}
END_TEST

START_TEST(test_nodes_hold_exact_points) {
    const double exact[] = {.123, 0, -.5, 0, .1231};
    for (size_t n = 2; n <= 300; n += 37) {
        double *a;
        size_t count, found = 0;
        ck_assert_int_eq(savings_asset_nodes(-.5, 20, n, 5, exact, &a, &count, NULL), CREASE_OK);
        for (size_t i = 0; i < count; i++) {
            ck_assert(i == 0 || a[i] > a[i - 1]);
            found += a[i] == -.5 || a[i] == 0 || a[i] == .123 || a[i] == .1231 || a[i] == 20;
        }
        ck_assert_uint_eq(found, 5);
        ck_assert(count <= n + 4);
        free(a);
    }
    double *a;
    size_t count;
    ck_assert_int_eq(savings_asset_nodes(0, 20, 100, 1, (const double[]){21}, &a, &count, NULL),
                     CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(savings_asset_nodes(0, NAN, 100, 0, NULL, &a, &count, NULL), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(savings_asset_nodes(0, 0, 100, 0, NULL, &a, &count, NULL), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(savings_asset_nodes(0, 1, 1, 0, NULL, &a, &count, NULL), CREASE_BAD_ARGUMENT);
}
END_TEST

START_TEST(test_distributions_refused) {
    economy e;
    make_economy(&e);
    savings_distribution *d;
    crease_error error = {0};
    savings_distribution_options low = {.highest = .01, .flow = {.survival = .9, .newborn = .5}};
    ck_assert_int_eq(savings_distribution_solve(&e.household, rules(&e), &low, &d, &error),
                     CREASE_BAD_ARGUMENT);
    savings_distribution_options dead = {.flow = {.survival = 1.5}};
    ck_assert_int_eq(savings_distribution_solve(&e.household, rules(&e), &dead, &d, &error),
                     CREASE_BAD_ARGUMENT);
    ck_assert(strstr(error.message, "survival") != NULL);
    savings_flow *flow;
    const double unsorted[3] = {-.5, 1, .5}, high[2] = {0, 5}, below[2] = {-30, 5};
    ck_assert_int_eq(savings_flow_new(&e.household, rules(&e), 3, unsorted, NULL, &flow, &error),
                     CREASE_BAD_ARGUMENT);
    ck_assert(strstr(error.message, "ascend") != NULL);
    ck_assert_int_eq(savings_flow_new(&e.household, rules(&e), 2, high, NULL, &flow, &error),
                     CREASE_BAD_ARGUMENT);
    ck_assert(strstr(error.message, "below the first node") != NULL);
    /* debts that nobody can carry are counted */
    ck_assert_int_eq(savings_flow_new(&e.household, rules(&e), 2, below, NULL, &flow, &error), CREASE_OK);
    const double mass[6] = {.25, .75, 0, 0, 0, 0};
    ck_assert_double_eq_tol(savings_flow_mean(flow, mass).stranded, .25, 1e-15);
    savings_flow_free(flow);
    /* too few iterations: a distribution that says so */
    savings_distribution_options brief = {.iterations = 5};
    ck_assert_int_eq(savings_distribution_solve(&e.household, rules(&e), &brief, &d, &error), CREASE_OK);
    ck_assert(!d->converged);
    savings_distribution_free(d);
    savings_distribution_free(NULL);
    savings_flow_free(NULL);
    clear_economy(&e);
}
END_TEST

Suite *test_savings_distribution(void) {
    Suite *suite = suite_create("savings distribution");
    TCase *masses = tcase_create("masses");
    tcase_set_timeout(masses, 300);
    tcase_add_test(masses, test_mean_and_variance_of_a_linear_policy);
    tcase_add_test(masses, test_masses_against_a_dense_matrix);
    tcase_add_test(masses, test_against_simulated_households);
    tcase_add_test(masses, test_weights_by_permanent_income);
    tcase_add_test(masses, test_inequality_by_pairs);
    tcase_add_test(masses, test_nodes_hold_exact_points);
    tcase_add_test(masses, test_distributions_refused);
    suite_add_tcase(suite, masses);
    return suite;
}
