/* Lives of finitely many years: against closed forms without risk, nested maximisation with risk, the Euler equation, a
 * simulated cohort; and the program. */
#include "savings/risk/lifecycle.h"
#include "savings/savings.h"
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_AGES = 60 };

static savings_lifecycle *solve(const savings_life *life, size_t nodes) {
    savings_lifecycle *lifecycle;
    crease_error error = {0};
    savings_grid_options grid = {.nodes = nodes, .highest = 30};
    ck_assert_msg(savings_lifecycle_solve(life, &grid, &lifecycle, &error) == CREASE_OK, "%s", error.message);
    return lifecycle;
}

static double draw(gsl_rng *generator, double from, double to) {
    return from + (to - from) * gsl_rng_uniform(generator);
}

/* Without risk and debt only limited by what is repaid: c_t = (m + discounted income to come) / sum of what each later age
 * consumes per unit of c_t, discounted. */
START_TEST(test_perfect_foresight_without_a_limit) {
    static const double crra[] = {.5, 1, 2, 5};
    for (uint64_t seed = 1; seed <= test_rounds(20, 300); seed++) {
        gsl_rng *generator = crease_random_new(seed, 0);
        size_t ages = 2 + gsl_rng_uniform_int(generator, 12);
        double profile[MOST_AGES], survival[MOST_AGES], g = crra[seed % 4], R = draw(generator, .98, 1.1);
        for (size_t t = 0; t < ages; t++) {
            profile[t] = draw(generator, .2, 2);
            survival[t] = draw(generator, .8, 1);
        }
        savings_life life = {.crra = g,
                             .beta = draw(generator, .9, 1.02),
                             .rate_count = 1,
                             .rate = {R},
                             .limit = -INFINITY,
                             .ages = ages,
                             .retired = ages,
                             .profile = profile,
                             .survival = survival};
        savings_lifecycle *l = solve(&life, 50);
        for (size_t t = 0; t < ages; t++) {
            double wealth = 0, share = 1, growth = 1, price = 1;
            for (size_t k = t + 1; k < ages; k++) {
                price /= R;
                growth *= pow(life.beta * survival[k - 1] * R, 1 / g);
                wealth += price * profile[k];
                share += price * growth;
            }
            for (size_t i = 0; i < 20; i++) {
                double m = draw(generator, -wealth * .9, 5), c = (m + wealth) / share;
                savings_rule_point point = savings_lifecycle_at(l, t, 0, m);
                ck_assert_msg(fabs(point.c - c) <= 1e-11 * (1 + c),
                              "seed %d, age %zu of %zu, m %g: c %.17g, not %.17g", (int)seed, t, ages, m,
                              point.c, c);
            }
        }
        savings_lifecycle_free(l);
        gsl_rng_free(generator);
    }
}
END_TEST

/* With a >= 0: c_{t+1} >= (beta R)^(1/g) c_t, and whatever is spent in the first n years comes from their means, so c is the
 * least of (m + income of n years, discounted) / sum of x^k over n, x = (beta R)^(1/g)/R. */
START_TEST(test_perfect_foresight_with_a_limit) {
    for (uint64_t seed = 1; seed <= test_rounds(20, 300); seed++) {
        gsl_rng *generator = crease_random_new(seed, 1);
        size_t ages = seed % 3 == 0 ? 2 : seed % 3 == 1 ? 3 : 2 + gsl_rng_uniform_int(generator, 20);
        double profile[MOST_AGES], g = draw(generator, .5, 4), R = draw(generator, 1, 1.08);
        for (size_t t = 0; t < ages; t++)
            profile[t] = draw(generator, .2, 2);
        savings_life life = {.crra = g,
                             .beta = draw(generator, .85, .97),
                             .rate_count = 1,
                             .rate = {R},
                             .ages = ages,
                             .retired = ages,
                             .profile = profile};
        savings_lifecycle *l = solve(&life, 400);
        double x = pow(life.beta * R, 1 / g) / R;
        for (size_t i = 0; i < 50; i++) {
            double m = draw(generator, .05, 6), means = m, share = 1, price = 1, power = 1, c = m;
            for (size_t n = 1; n < ages; n++) {
                price /= R;
                power *= x;
                means += price * profile[n];
                share += power;
                c = fmin(c, means / share);
            }
            savings_rule_point point = savings_lifecycle_at(l, 0, 0, m);
            /* kinks that bind only later have no nodes when they are small: fourth order elsewhere */
            ck_assert_msg(fabs(point.c - c) <= (ages <= 3 ? 1e-11 : 1e-4) * (1 + c),
                          "seed %d, %zu ages, m %g: c %.17g, not %.17g", (int)seed, ages, m, point.c, c);
        }
        savings_lifecycle_free(l);
        gsl_rng_free(generator);
    }
}
END_TEST

/* ---- with risk: everything maximised again, from the last age on ---- */

static const double two_levels[2] = {.6, 1.4}, stay_probability = .8;
static const double theta[2] = {.5, 1.1}, chance[2] = {.2, .8};
static const double profile3[3] = {1, 1.3, .8};

static double assets_to_cash(double a) {
    return (a < 0 ? 1.15 : 1.03) * a;
}

static double best(int age, int level, double m, double *assets);

static double value_of_saving(int age, int level, double m, double a) {
    double c = m - a, next = 0, unused;
    if (!(c > 0))
        return -INFINITY;
    for (int to = 0; to < 2; to++)
        for (int k = 0; k < 2; k++) {
            double p = chance[k] * (to == level ? stay_probability : 1 - stay_probability);
            next += p * best(age + 1, to, assets_to_cash(a) + profile3[age + 1] * two_levels[to] * theta[k],
                             &unused);
        }
    return -1 / c + .95 * next;
}

/* Golden section: the objective is concave. */
static double best(int age, int level, double m, double *assets) {
    if (age == 2) {
        *assets = 0;
        return m > 0 ? -1 / m : -INFINITY;
    }
    double low = -.1, high = m, ratio = (sqrt(5) - 1) / 2;
    double x = high - ratio * (high - low), y = low + ratio * (high - low);
    double vx = value_of_saving(age, level, m, x), vy = value_of_saving(age, level, m, y);
    for (int i = 0; i < 45; i++)
        if (vx >= vy) {
            high = y;
            y = x;
            vy = vx;
            vx = value_of_saving(age, level, m, x = high - ratio * (high - low));
        } else {
            low = x;
            x = y;
            vx = vy;
            vy = value_of_saving(age, level, m, y = low + ratio * (high - low));
        }
    *assets = (low + high) / 2;
    double at_limit = value_of_saving(age, level, m, -.1), inside = fmax(vx, vy);
    if (at_limit >= inside)
        *assets = -.1;
    return fmax(at_limit, inside);
}

/* Rouwenhorst's two states are -sd and sd in the logarithm; here they must be two_levels, of mean 1. */
START_TEST(test_three_ages_with_risk_by_brute_force) {
    double one[2] = {1, 1};
    savings_shocks shocks = {
        .count = 2, .probability = (double *)chance, .permanent = one, .transitory = (double *)theta};
    savings_life life = {.crra = 2,
                         .beta = .95,
                         .rate_count = 2,
                         .rate = {1.15, 1.03},
                         .rate_kink = {0},
                         .limit = -.1,
                         .ages = 3,
                         .retired = 3,
                         .profile = profile3,
                         .states = 2,
                         .persistence = .6,
                         .sd = log(1.4 / .6) / 2,
                         .shocks = &shocks};
    savings_lifecycle *l = solve(&life, 400);
    ck_assert_double_eq_tol(l->markov->level[0], two_levels[0], 1e-14);
    ck_assert_double_eq_tol(l->markov->transition[0], stay_probability, 1e-15);
    size_t at_limit = 0, at_zero = 0;
    for (int age = 0; age < 2; age++)
        for (int level = 0; level < 2; level++)
            for (size_t i = 0; i < (age == 0 ? test_cases(8, 60) : 200); i++) {
                double m = .1 + 2.4 * ((double)i + .5) / (age == 0 ? (double)test_cases(8, 60) : 200), assets;
                double V = best(age, level, m, &assets);
                savings_rule_point point = savings_lifecycle_at(l, (size_t)age, (size_t)level, m);
                ck_assert_msg(fabs(point.a - assets) <= 2e-6,
                              "age %d, level %d, m %g: a %.12g, brute force %.12g", age, level, m, point.a,
                              assets);
                ck_assert_msg(fabs(point.V - V) <= 1e-7 * (1 + fabs(V)),
                              "age %d, m %g: V %.12g, brute force %.12g", age, m, point.V, V);
                at_limit += point.a == -.1;
                at_zero += point.a == 0;
            }
    ck_assert(at_limit > 10 && at_zero > 4);
    savings_lifecycle_free(l);
}
END_TEST

/* ---- many ages: the Euler equation, a sum written out here ---- */

static savings_life long_life(double *profile, double *survival, const savings_shocks *shocks) {
    for (size_t t = 0; t < 40; t++) {
        profile[t] = t < 30 ? 1 + .03 * (double)t : 1;
        survival[t] = t < 25 ? 1 : 1 - .01 * (double)(t - 24);
    }
    return (savings_life){.crra = 2,
                          .beta = .96,
                          .rate_count = 2,
                          .rate = {1.12, 1.02},
                          .rate_kink = {0},
                          .limit = -.15,
                          .ages = 40,
                          .retired = 30,
                          .profile = profile,
                          .survival = survival,
                          .states = 3,
                          .persistence = .9,
                          .sd = .25,
                          .shocks = shocks};
}

static savings_shocks *transitory(void) {
    savings_shocks *shocks;
    savings_income_risk risk = {.points = 5, .sigma_permanent = -1};
    ck_assert_int_eq(savings_shocks_lognormal(&risk, &shocks, NULL), CREASE_OK);
    return shocks;
}

START_TEST(test_euler_equation_at_every_age) {
    double profile[MOST_AGES], survival[MOST_AGES], worst = 0;
    savings_shocks *shocks = transitory();
    savings_life life = long_life(profile, survival, shocks);
    savings_lifecycle *l = solve(&life, 200);
    gsl_rng *generator = crease_random_new(5, 0);
    for (size_t t = 0; t + 1 < 40; t++)
        for (size_t i = 0; i < 60; i++) {
            size_t s = gsl_rng_uniform_int(generator, 3);
            double m = draw(generator, .1, i % 2 ? 2 : 12), sum = 0;
            savings_rule_point point = savings_lifecycle_at(l, t, s, m);
            double cash = (point.a < 0 ? 1.12 : 1.02) * point.a;
            for (size_t to = 0; to < 3; to++) {
                double p = t + 1 < 30 ? l->markov->transition[3 * s + to] : to == s;
                for (size_t k = 0; p > 0 && k < (t + 1 < 30 ? shocks->count : 1); k++) {
                    double risk = t + 1 < 30 ? shocks->transitory[k] : 1,
                           q = t + 1 < 30 ? shocks->probability[k] : 1;
                    double next = savings_lifecycle_at(l, t + 1, to,
                                                       cash + profile[t + 1] * l->markov->level[to] * risk)
                                      .c;
                    sum += p * q / (next * next);
                }
            }
            double low = pow(.96 * survival[t] * 1.12 * sum, -.5),
                   high = pow(.96 * survival[t] * 1.02 * sum, -.5);
            if (point.a == -.15)
                ck_assert_double_le(point.c, low * (1 + 1e-9)); /* it would rather consume more */
            else if (point.a == 0)
                ck_assert(point.c >= low * (1 - 1e-9) && point.c <= high * (1 + 1e-9));
            else
                worst = fmax(worst, fabs((point.a < 0 ? low : high) / point.c - 1));
            ck_assert_double_eq_tol(point.c + point.a, m, 1e-13 * (1 + m));
        }
    ck_assert_msg(worst <= 1e-4, "Euler error %g", worst);
    gsl_rng_free(generator);
    savings_lifecycle_free(l);
    savings_shocks_free(shocks);
}
END_TEST

/* Policies at every age: increasing in cash on hand and in income, slopes in (0, 1]; kinks where the table says. */
START_TEST(test_shape_of_policies) {
    double profile[MOST_AGES], survival[MOST_AGES];
    savings_shocks *shocks = transitory();
    savings_life life = long_life(profile, survival, shocks);
    savings_lifecycle *l = solve(&life, 100);
    for (size_t t = 0; t + 1 < 40; t++)
        for (size_t s = 0; s < 3; s++) {
            const savings_rule *rule = l->rule[3 * t + s];
            ck_assert_uint_eq(rule->first_order, 3);
            const size_t *kink = rule->kink;
            ck_assert_double_eq(rule->a[kink[0]], -.15);
            ck_assert_double_eq(rule->mpc_left[kink[0]], 1);
            ck_assert(rule->a[kink[1]] == 0 && rule->a[kink[2]] == 0);
            /* both ends of the flat stretch have the Euler equation with one rate each */
            ck_assert_double_eq_tol(rule->c[kink[2]] / rule->c[kink[1]], sqrt(1.12 / 1.02), 1e-12);
            for (size_t i = 0; i < rule->count; i++)
                ck_assert(rule->mpc_left[i] > 0 && rule->mpc_left[i] <= 1 && rule->mpc_right[i] > 0 &&
                          rule->mpc_right[i] <= 1 && (i == 0 || rule->c[i] > rule->c[i - 1]));
            for (size_t i = 0; i < 20 && s > 0; i++) {
                double m = .2 + .4 * (double)i;
                ck_assert_double_ge(savings_lifecycle_at(l, t, s, m).c,
                                    savings_lifecycle_at(l, t, s - 1, m).c - 1e-9);
            }
        }
    savings_lifecycle_free(l);
    savings_shocks_free(shocks);
}
END_TEST

/* ---- the cohort ---- */

START_TEST(test_cohort_against_simulated_lives) {
    double profile[MOST_AGES], survival[MOST_AGES], sum[40][4] = {{0}};
    savings_shocks *shocks = transitory();
    savings_life life = long_life(profile, survival, shocks);
    savings_lifecycle *l = solve(&life, 150);
    savings_age_profile cohort[40];
    crease_error error = {0};
    ck_assert_msg(savings_lifecycle_cohort(l, .3, 0, 30, cohort, &error) == CREASE_OK, "%s", error.message);
    size_t lives = test_cases(4000, 100000);
    gsl_rng *generator = crease_random_new(3, 0);
    for (size_t i = 0; i < lives; i++) {
        double a = .3;
        size_t s = 0;
        for (size_t t = 0; t < 40; t++) {
            const double *p = t == 0 ? l->markov->stationary : l->markov->transition + 3 * s;
            double u = gsl_rng_uniform(generator), v = gsl_rng_uniform(generator), risk = 1;
            if (t < 30)
                s = u < p[0] ? 0 : u < p[0] + p[1] ? 1 : 2;
            for (size_t k = 0; k < shocks->count && t < 30; k++) {
                risk = shocks->transitory[k];
                if (v < shocks->probability[k])
                    break;
                v -= shocks->probability[k];
            }
            savings_rule_point point = savings_lifecycle_at(
                l, t, s, (a < 0 ? 1.12 : 1.02) * a + profile[t] * l->markov->level[s] * risk);
            a = t == 39 ? 0 : point.a;
            sum[t][0] += point.c;
            sum[t][1] += a;
            sum[t][2] += a * a;
            sum[t][3] += a == -.15;
        }
    }
    double n = (double)lives;
    for (size_t t = 0; t < 40; t++) {
        double mean = sum[t][1] / n, sd = sqrt(fmax(sum[t][2] / n - mean * mean, 0)), share = sum[t][3] / n;
        ck_assert_msg(fabs(cohort[t].means.a - mean) <= 4.5 * sd / sqrt(n) + 1e-9,
                      "age %zu: a %g, simulated %g", t, cohort[t].means.a, mean);
        ck_assert_msg(fabs(cohort[t].sd - sd) <= .1 * sd + 1e-3, "age %zu: sd %g, simulated %g", t,
                      cohort[t].sd, sd);
        ck_assert_msg(fabs(cohort[t].means.c - sum[t][0] / n) <= 5 * (.7 + sd) / sqrt(n),
                      "age %zu: c %g, simulated %g", t, cohort[t].means.c, sum[t][0] / n);
        if (t < 39)
            ck_assert_msg(fabs(cohort[t].means.atom[0] - share) <= 4.5 * sqrt((share + 1e-3) / n) + 1e-9,
                          "age %zu: %g at the limit, simulated %g", t, cohort[t].means.atom[0], share);
        /* income is the profile's while the mean level is one; nobody is above the nodes; budgets add up */
        ck_assert_double_eq_tol(cohort[t].means.income, profile[t], 1e-12);
        ck_assert_double_eq_tol(cohort[t].means.above, 0, 1e-9);
        ck_assert_double_eq_tol(cohort[t].means.c + cohort[t].means.a, cohort[t].means.m, 1e-12);
    }
    ck_assert_double_eq_tol(cohort[39].means.a, 0, 1e-14);
    gsl_rng_free(generator);
    savings_lifecycle_free(l);
    savings_shocks_free(shocks);
}
END_TEST

/* A year of the young with less risk later: those who cannot repay debt surely may borrow less. */
START_TEST(test_natural_limit_falls_with_age) {
    double profile[4] = {1, 1, 1, 1};
    savings_life life = {.crra = 2,
                         .beta = .96,
                         .rate_count = 2,
                         .rate = {1.1, 1.02},
                         .limit = -INFINITY,
                         .ages = 4,
                         .retired = 4,
                         .profile = profile};
    savings_lifecycle *l = solve(&life, 50);
    double natural = 0;
    for (size_t t = 4; t-- > 0;) {
        ck_assert_double_eq_tol(l->rule[t]->lowest, natural, 1e-12);
        ck_assert(isnan(savings_lifecycle_at(l, t, 0, natural - .01).c));
        natural = (natural - 1) / 1.1;
    }
    /* a cohort that owes all it can repay consumes nothing; with a little more it does */
    savings_age_profile cohort[4];
    double least = (natural + 1e-3) * 1 + 1e-6;
    ck_assert_int_eq(savings_lifecycle_cohort(l, least, 0, 30, cohort, NULL), CREASE_OK);
    for (size_t t = 0; t < 4; t++) {
        ck_assert_double_eq_tol(cohort[t].means.stranded, 0, 1e-15);
        ck_assert_double_gt(cohort[t].means.c, 0);
        ck_assert_double_eq_tol(cohort[t].means.c + cohort[t].means.a, cohort[t].means.m, 1e-12);
    }
    crease_error error = {0};
    ck_assert_int_eq(savings_lifecycle_cohort(l, natural - .5, 0, 30, cohort, &error), CREASE_BAD_ARGUMENT);
    ck_assert(strstr(error.message, "cannot carry") != NULL);
    savings_lifecycle_free(l);
}
END_TEST

START_TEST(test_lives_refused) {
    double profile[3] = {1, 1, 1}, bad_profile[3] = {1, 0, 1}, survival[3] = {1, 0, 1},
           negative[3] = {1, 1, -1};
    double p = 1, psi = 1.1;
    savings_shocks permanent = {.count = 1, .probability = &p, .permanent = &psi, .transitory = &p};
    savings_life good = {
        .crra = 2, .beta = .96, .rate_count = 1, .rate = {1.02}, .ages = 3, .retired = 3, .profile = profile};
    savings_life bad[8];
    for (size_t i = 0; i < 8; i++)
        bad[i] = good;
    bad[0].crra = 0;
    bad[1].ages = 1;
    bad[2].profile = bad_profile;
    bad[3].survival = survival;
    bad[4].shocks = &permanent;
    bad[5].persistence = 1;
    bad[6].profile = negative;
    bad[7].beta = NAN;
    for (size_t i = 0; i < 8; i++) {
        savings_lifecycle *l;
        crease_error error = {0};
        ck_assert_msg(savings_lifecycle_solve(&bad[i], NULL, &l, &error) == CREASE_BAD_ARGUMENT, "case %zu",
                      i);
        ck_assert_ptr_null(l);
        ck_assert(strlen(error.message) > 20);
    }
    savings_lifecycle_free(NULL);
}
END_TEST

/* ---- the program ---- */

#define RUN(...) run_program(NULL, (const char *const[]){"crease-savings", "lifecycle", __VA_ARGS__, NULL})

START_TEST(test_program) {
    char *folder = run_folder_new(), policies[512], cohort[512], picture[512], profile[512];
    snprintf(policies, sizeof policies, "%s/policies.csv", folder);
    snprintf(cohort, sizeof cohort, "%s/cohort.csv", folder);
    snprintf(picture, sizeof picture, "%s/life.png", folder);
    snprintf(profile, sizeof profile, "%s/profile.csv", folder);
    run_file_write(folder, "profile.csv", "age,income,survival\n30,1,1\n31,1.2,.99\n32,.5,.9\n33,.5,1\n");
    run_result result = RUN("--states", "3", "--profile", profile, "--retire", "32", "-o", policies,
                            "--cohort", cohort, "--plot", picture, "--json");
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    json_t *object = run_json(&result), *ages = json_object_get(object, "ages");
    ck_assert_str_eq(json_string_value(json_object_get(object, "schema")), "crease/savings-lifecycle/1");
    ck_assert_uint_eq(json_array_size(ages), 4);
    ck_assert_double_eq_tol(run_json_number(json_array_get(ages, 1), "mean_income"), 1.2, 1e-12);
    ck_assert_double_eq_tol(run_json_number(json_array_get(ages, 3), "mean_assets"), 0, 1e-12);
    const json_t *first = json_array_get(json_object_get(json_array_get(ages, 0), "kinks_by_state"), 0);
    ck_assert_uint_eq(json_array_size(first), 3);
    ck_assert_double_eq(run_json_number(json_array_get(first, 0), "a"), -.2);
    json_decref(object);
    run_clear(&result);
    crease_table *table;
    ck_assert_int_eq(crease_csv_load(policies, NULL, &table, NULL), CREASE_OK);
    ck_assert_uint_eq(table->columns, 8);
    for (size_t i = 0; i < table->rows; i++)
        ck_assert_double_eq_tol(table->column[4][i] + table->column[5][i], table->column[3][i], 1e-13);
    crease_table_free(table);
    ck_assert_int_eq(crease_csv_load(cohort, NULL, &table, NULL), CREASE_OK);
    ck_assert_uint_eq(table->rows, 4);
    crease_table_free(table);
    struct stat status;
    ck_assert(stat(picture, &status) == 0 && status.st_size > 8000);
    run_folder_remove(folder);
}
END_TEST

START_TEST(test_wrong_use) {
    char *folder = run_folder_new(), path[512];
    run_must_fail(RUN("--model", "A"), 64, "no income risk");
    run_must_fail(RUN("--survival", ".9"), 64, "survival has no meaning here");
    run_must_fail(RUN("--first-age", "60", "--last-age", "50"), 64, "last age above");
    run_must_fail(RUN("--profile", "/nonexistent.csv"), 66, "/nonexistent.csv");
    run_must_fail(RUN("--persistence", "1", "--states", "3"), 64, "persistence");
    run_must_fail(RUN("--reitre", "50"), 64, "did you mean --retire");
    run_must_fail(RUN("ages.csv"), 64, "--profile");
    run_must_fail(RUN("--json", "-o", "-"), 64, "standard output");
    run_file_write(folder, "gap.csv", "age,income\n30,1\n32,1\n");
    snprintf(path, sizeof path, "%s/gap.csv", folder);
    run_must_fail(RUN("--profile", path), 65, "go up by 1");
    run_file_write(folder, "name.csv", "age,wage\n30,1\n31,1\n");
    snprintf(path, sizeof path, "%s/name.csv", folder);
    run_must_fail(RUN("--profile", path), 65, "income");
    run_folder_remove(folder);
}
END_TEST

Suite *test_savings_lifecycle(void) {
    Suite *suite = suite_create("savings lifecycle");
    TCase *exact = tcase_create("exact");
    tcase_set_timeout(exact, 300);
    tcase_add_test(exact, test_perfect_foresight_without_a_limit);
    tcase_add_test(exact, test_perfect_foresight_with_a_limit);
    tcase_add_test(exact, test_three_ages_with_risk_by_brute_force);
    tcase_add_test(exact, test_natural_limit_falls_with_age);
    tcase_add_test(exact, test_lives_refused);
    suite_add_tcase(suite, exact);
    TCase *risk = tcase_create("risk");
    tcase_set_timeout(risk, 300);
    tcase_add_test(risk, test_euler_equation_at_every_age);
    tcase_add_test(risk, test_shape_of_policies);
    tcase_add_test(risk, test_cohort_against_simulated_lives);
    suite_add_tcase(suite, risk);
    TCase *program = tcase_create("program");
    tcase_set_timeout(program, 300);
    tcase_add_test(program, test_program);
    tcase_add_test(program, test_wrong_use);
    suite_add_tcase(suite, program);
    return suite;
}
