/* Linear theory of the arm against the reference tables, matrix exponentials of GSL, eigenvalues, simulations on
 * both sides of each limit, and margins from their definitions. */
#include "arm/linear/linear.h"
#include "crease/random.h"
#include "support/arm_tables.h"
#include "support/suites.h"
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = ARM_MOST_POLES };

/* ---- the loop written out again: matrices of GSL, the hold by its matrix exponential ---- */

typedef struct matrices {
    gsl_matrix *open; /* A, or sampled exp(A T) */
    double input[MOST], row[MOST], extra[MOST];
    size_t order;
} matrices;

static matrices matrices_of(const arm_plant *plant, const arm_controller *c, double angle, double lag,
                            double sample) {
    size_t n = lag > 0 ? 3 : 2;
    gsl_matrix *m = gsl_matrix_calloc(n + 1, n + 1), *x = gsl_matrix_calloc(n + 1, n + 1);
    matrices s = {.order = n, .open = gsl_matrix_calloc(n, n), .row = {1}};
    gsl_matrix_set(m, 0, 1, 1);
    gsl_matrix_set(m, 1, 0, -plant->gravity * cos(angle) / plant->inertia);
    gsl_matrix_set(m, 1, 1, -plant->friction / plant->inertia);
    if (lag > 0) {
        gsl_matrix_set(m, 1, 2, 1 / plant->inertia);
        gsl_matrix_set(m, 2, 2, -1 / lag);
    }
    gsl_matrix_set(m, n - 1, n, lag > 0 ? 1 / lag : 1 / plant->inertia);
    if (sample > 0) {
        gsl_matrix_scale(m, sample);
        gsl_linalg_exponential_ss(m, x, GSL_PREC_DOUBLE);
    } else {
        gsl_matrix_memcpy(x, m);
    }
    for (size_t i = 0; i < n; i++) {
        s.input[i] = gsl_matrix_get(x, i, n);
        for (size_t j = 0; j < n; j++)
            gsl_matrix_set(s.open, i, j, gsl_matrix_get(x, i, j));
    }
    s.row[1] = c->law == ARM_LAW_PDI ? c->lead_time : 0;
    s.extra[1] = c->law == ARM_LAW_PDX ? c->rate_gain : 0;
    gsl_matrix_free(m);
    gsl_matrix_free(x);
    return s;
}

static gsl_matrix *closed_matrix(const matrices *s, double gain) {
    gsl_matrix *a = gsl_matrix_alloc(s->order, s->order);
    for (size_t i = 0; i < s->order; i++)
        for (size_t j = 0; j < s->order; j++)
            gsl_matrix_set(a, i, j,
                           gsl_matrix_get(s->open, i, j) - s->input[i] * (gain * s->row[j] + s->extra[j]));
    return a;
}

static void eigenvalues(const matrices *s, double gain, double complex *value) {
    gsl_matrix *a = closed_matrix(s, gain);
    gsl_vector_complex *found = gsl_vector_complex_alloc(s->order);
    gsl_eigen_nonsymm_workspace *work = gsl_eigen_nonsymm_alloc(s->order);
    gsl_eigen_nonsymm_params(0, 1, work);
    ck_assert_int_eq(gsl_eigen_nonsymm(a, found, work), 0);
    for (size_t i = 0; i < s->order; i++) {
        gsl_complex z = gsl_vector_complex_get(found, i);
        value[i] = GSL_REAL(z) + I * GSL_IMAG(z);
    }
    gsl_eigen_nonsymm_free(work);
    gsl_vector_complex_free(found);
    gsl_matrix_free(a);
}

/* How far the slowest eigenvalue is on the unstable side: real part, or modulus less 1. */
static double instability(const matrices *s, double gain, double sample) {
    double complex value[MOST];
    double worst = -INFINITY;
    eigenvalues(s, gain, value);
    for (size_t i = 0; i < s->order; i++)
        worst = fmax(worst, sample > 0 ? cabs(value[i]) - 1 : creal(value[i]));
    return worst;
}

/* ---- random loops ---- */

static double uniform(gsl_rng *random, double lo, double hi) {
    return lo + (hi - lo) * gsl_rng_uniform(random);
}

static double spread(gsl_rng *random, double lo, double hi) {
    return exp(uniform(random, log(lo), log(hi)));
}

typedef struct drawn {
    arm_plant plant;
    arm_controller c;
    double slope, angle, lag, sample;
    arm_linear_loop loop;
    matrices m;
} drawn;

/* Trial by trial all laws, with and without gravity (hanging, level, upright), lag and period. */
static drawn draw(gsl_rng *random, size_t trial) {
    drawn d;
    crease_error error;
    ck_assert_int_eq(arm_plant_find(trial % 7 == 6 ? "A2" : "A", &d.plant, NULL), CREASE_OK);
    if (trial % 5 == 0)
        d.plant.gravity = 0;
    d.c = arm_controller_default((arm_law)(trial % 3), ARM_RELU);
    d.c.gain = spread(random, 1, 1000);
    d.c.rate_gain = spread(random, 0.1, 30);
    d.c.lead_time = spread(random, 1e-3, 0.5);
    d.slope = spread(random, 0.1, 2);
    d.angle = uniform(random, -M_PI, M_PI);
    d.lag = trial % 4 == 1 || trial % 4 == 3 ? spread(random, 1e-3, 0.2) : 0;
    d.sample = trial % 4 >= 2 ? spread(random, 1e-3, 0.3) : 0;
    ck_assert_msg(arm_linear_make(&d.plant, &d.c, d.slope, d.angle, d.lag, d.sample, &d.loop, &error) ==
                      CREASE_OK,
                  "trial %zu: %s", trial, error.message);
    d.m = matrices_of(&d.plant, &d.c, d.angle, d.lag, d.sample);
    return d;
}

/* ---- tables ---- */

START_TEST(closed_form_table) {
    arm_table_row rows[ARM_TABLE_ROWS];
    size_t count = arm_table_read("tests/data/arm/closed_form.csv", 1, rows);
    const arm_plant plant = elbow(false);
    ck_assert_uint_eq(count, 15);
    for (size_t i = 0; i < count; i++) {
        const double *want = rows[i].number + 1; /* after the word */
        arm_law law;
        arm_second_order got;
        ck_assert_int_eq(arm_law_parse(rows[i].word[0], &law, NULL), CREASE_OK);
        double k = 80 * want[0], d = plant.friction + (law == ARM_LAW_PDX   ? 8
                                                       : law == ARM_LAW_PDI ? 0.2 * k
                                                                            : 0);
        ck_assert_int_eq(arm_second_order_step(plant.inertia, d, k, &got, NULL), CREASE_OK);
        expect("Keff", i, k, want[1], 1e-12);
        expect("wn", i, got.natural_frequency, want[2], 1e-9);
        expect("zeta", i, got.damping_ratio, want[3], 1e-9);
        expect("rise", i, got.rise_10_90_s, want[4], 1e-9);
        expect("overshoot", i, got.overshoot_pct, want[5], 1e-9);
        expect("peak time", i, got.peak_time_s, want[6], 1e-9);
        expect("settling", i, got.settle_2pct_s, want[7], 1e-9);
    }
}
END_TEST

START_TEST(equilibria_table) {
    arm_table_row rows[ARM_TABLE_ROWS];
    size_t count = arm_table_read("tests/data/arm/equilibria.csv", 1, rows);
    const arm_plant plant = elbow(true);
    ck_assert_uint_eq(count, 24);
    for (size_t i = 0; i < count; i++) {
        const double *want = rows[i].number + 1; /* after the word */
        arm_pair pair;
        ck_assert_int_eq(arm_pair_parse(rows[i].word[0], &pair, NULL), CREASE_OK);
        arm_controller c = arm_controller_default(ARM_LAW_P, pair);
        c.gain = want[0];
        double angle;
        ck_assert_int_eq(arm_equilibrium(&plant, &c, want[1], want[1], &angle, NULL), CREASE_OK);
        arm_linear linear = arm_linearise(&plant, &c, want[1], angle);
        arm_second_order step;
        arm_linear_loop loop;
        double complex pole[MOST];
        ck_assert_int_eq(arm_second_order_step(plant.inertia, plant.friction, linear.gain, &step, NULL), 0);
        ck_assert_int_eq(arm_linear_make(&plant, &c, linear.slope, angle, 0, 0, &loop, NULL), CREASE_OK);
        ck_assert_int_eq(arm_linear_poles(&loop, c.gain * linear.slope, pole, NULL), CREASE_OK);
        expect("q_ss", i, angle, want[2], 1e-9);
        expect("slope", i, linear.slope, want[5], 1e-9);
        expect("Keff", i, linear.gain, want[6], 1e-9);
        expect("wn", i, step.natural_frequency, want[7], 1e-9);
        expect("zeta", i, step.damping_ratio, want[8], 1e-9);
        ck_assert_int_eq(arm_linear_is_stable(&loop, c.gain * linear.slope), !isnan(want[7]));
        if (isnan(want[7])) {
            ck_assert_double_gt(creal(pole[0]), 0);
        } else {
            expect("wn of a pole", i, arm_linear_pole_frequency(&loop, pole[0]), want[7], 1e-9);
            expect("zeta of a pole", i, arm_linear_pole_damping(&loop, pole[0]), want[8], 1e-9);
        }
    }
}
END_TEST

/* All columns, with the pole on the edge by eigenvalues. */
START_TEST(stability_limits_table) {
    arm_table_row rows[ARM_TABLE_ROWS];
    size_t count = arm_table_read("tests/data/arm/stability_limits.csv", 1, rows);
    const arm_plant plant = elbow(false);
    const arm_controller c = arm_controller_default(ARM_LAW_P, ARM_RELU);
    ck_assert_uint_eq(count, 10);
    for (size_t i = 0; i < count; i++) {
        const double *want = rows[i].number + 1; /* after the word */
        bool lags = strncmp(rows[i].word[0], "actuator", 8) == 0;
        double lag = lags ? want[0] : 0, sample = lags ? 0 : want[0];
        arm_linear_loop loop;
        ck_assert_int_eq(arm_linear_make(&plant, &c, 1, 0, lag, sample, &loop, NULL), CREASE_OK);
        arm_gain_range range = arm_linear_stable_gains(&loop);
        expect("lower", i, range.lower, 0, 0);
        expect("Kcrit", i, range.upper, want[1], 1e-9);
        expect("critical slope at K 80", i, range.upper / 80, want[3], 1e-9);
        expect("critical slope at K 20", i, range.upper / 20, want[4], 1e-9);
        if (lags)
            expect("Kcrit by formula", i, range.upper,
                   plant.friction / lag + plant.friction * plant.friction / plant.inertia, 1e-14);
        matrices m = matrices_of(&plant, &c, 0, lag, sample);
        ck_assert_double_eq_tol(instability(&m, range.upper, sample), 0, 1e-9);
        gsl_matrix_free(m.open);
    }
}
END_TEST

/* ---- the second-order step ---- */

/* Against the response itself: where it is at the times, and nowhere else on a fine grid. */
START_TEST(step_metrics_are_what_they_say) {
    gsl_rng *random = crease_random_new(31, 0);
    for (size_t trial = 0; trial < test_rounds(300, 5000); trial++) {
        double J = spread(random, 1e-2, 1e2), k = spread(random, 1e-1, 1e4), zeta = spread(random, 2e-2, 30);
        if (trial % 10 == 0)
            zeta = 1 + (trial % 20 ? 1e-7 : -1e-7) * uniform(random, 0, 1);
        double d = 2 * zeta * sqrt(J * k), start = NAN, end = NAN, settled = 0, top = 0, top_time = 0;
        arm_second_order s;
        ck_assert_int_eq(arm_second_order_step(J, d, k, &s, NULL), CREASE_OK);
        enum { GRID = 4000 };
        double span = 1.5 * s.settle_2pct_s;
        for (size_t i = 0; i <= GRID; i++) {
            double t = span * (double)i / GRID, y = arm_second_order_response(J, d, k, t);
            start = isnan(start) && y >= 0.1 ? t : start;
            end = isnan(end) && y >= 0.9 ? t : end;
            settled = fabs(y - 1) > 0.02 ? t : settled;
            top_time = y > top ? t : top_time;
            top = fmax(top, y);
        }
        double cell = span / GRID * (1 + 1e-9);
        ck_assert_msg(fabs(end - start - s.rise_10_90_s) <= cell, "seed 31, trial %zu: rise %g, on a grid %g",
                      trial, s.rise_10_90_s, end - start);
        ck_assert_msg(s.settle_2pct_s >= settled && s.settle_2pct_s <= settled + cell,
                      "seed 31, trial %zu: settling %g, on a grid %g", trial, s.settle_2pct_s, settled);
        ck_assert_double_eq_tol(fabs(arm_second_order_response(J, d, k, s.settle_2pct_s) - 1), 0.02, 1e-13);
        if (s.overshoot_pct > 0) {
            double height = arm_second_order_response(J, d, k, s.peak_time_s);
            ck_assert_double_eq_tol(100 * (height - 1), s.overshoot_pct, 1e-11);
            ck_assert_msg(100 * (top - 1) <= s.overshoot_pct + 1e-11, "seed 31, trial %zu", trial);
            if (s.overshoot_pct > 1)
                ck_assert_double_eq_tol(top_time, s.peak_time_s, cell);
        } else {
            ck_assert_msg(zeta > 0.7 && top <= 1, "seed 31, trial %zu: %g", trial, top - 1);
        }
    }
    gsl_rng_free(random);
}
END_TEST

/* The response solves its equation: stepped by GSL's matrix exponential. */
START_TEST(response_is_the_matrix_exponential) {
    gsl_rng *random = crease_random_new(32, 0);
    gsl_matrix *a = gsl_matrix_calloc(2, 2), *x = gsl_matrix_alloc(2, 2);
    for (size_t trial = 0; trial < 200; trial++) {
        double k = spread(random, 0.1, 100), zeta = trial % 9 == 0 ? 1 : spread(random, 0.05, 20);
        double t = spread(random, 1e-2, 10) / sqrt(k), d = 2 * zeta * sqrt(k);
        gsl_matrix_set(a, 0, 1, t);
        gsl_matrix_set(a, 1, 0, -k * t);
        gsl_matrix_set(a, 1, 1, -d * t);
        gsl_linalg_exponential_ss(a, x, GSL_PREC_DOUBLE);
        ck_assert_double_eq_tol(arm_second_order_response(1, d, k, t), 1 - gsl_matrix_get(x, 0, 0), 1e-12);
    }
    gsl_matrix_free(a);
    gsl_matrix_free(x);
    gsl_rng_free(random);
}
END_TEST

START_TEST(steps_that_are_none) {
    arm_second_order s;
    const double odd[][3] = {{1, 1, 0}, {1, 1, -3}, {0, 1, 1}, {1, -1, 1}, {1, NAN, 1}, {1, 1, NAN}};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        ck_assert_int_eq(arm_second_order_step(odd[i][0], odd[i][1], odd[i][2], &s, NULL), CREASE_OK);
        ck_assert(isnan(s.natural_frequency) && isnan(s.rise_10_90_s) && isnan(s.settle_2pct_s));
    }
    ck_assert_int_eq(arm_second_order_step(1, 0, 4, &s, NULL), CREASE_OK);
    ck_assert(isnan(s.settle_2pct_s));
    ck_assert_double_eq_tol(s.overshoot_pct, 100, 1e-12);
    ck_assert_double_eq_tol(s.rise_10_90_s, (acos(0.1) - acos(0.9)) / 2, 1e-14);
    /* time is scaled by 1/wn and nothing else, to the ends of the numbers */
    for (double scale = 1e-150; scale < 1e151; scale *= 1e100) {
        ck_assert_int_eq(arm_second_order_step(1, 0.4 * sqrt(scale), scale, &s, NULL), CREASE_OK);
        ck_assert_double_eq_tol(s.overshoot_pct, 100 * exp(-M_PI * 0.2 / sqrt(0.96)), 1e-10);
        ck_assert_double_eq_tol(s.settle_2pct_s * sqrt(scale), 19.58, 0.5);
    }
}
END_TEST

/* ---- hold ---- */

/* The plant without gravity in closed form, f = b/J: E12 = (1 - exp(-f T))/f, F1 = (T - E12)/b, F2 = E12/J. */
START_TEST(hold_in_closed_form) {
    for (double T = 1e-4; T < 50; T *= 3) {
        const double J = 0.938652730438, b = 3.9804259903721997, f = b / J;
        double e[4], input[2], first = -expm1(-f * T) / f;
        const double a[] = {0, 1, 0, -f}, column[] = {0, 1 / J};
        ck_assert_int_eq(arm_hold(2, a, column, T, e, input, NULL), CREASE_OK);
        double digits = 1e-14 + 1e-15 / (f * T) * 4; /* the closed form loses some at short periods */
        ck_assert(e[0] == 0 && e[2] == 0);
        ck_assert_double_eq_tol(e[1] / first, 1, 1e-14);
        ck_assert_double_eq_tol(e[3] / expm1(-f * T), 1, 1e-14);
        ck_assert_double_eq_tol(input[0] / ((T - first) / b), 1, digits);
        ck_assert_double_eq_tol(input[1] / (first / J), 1, 1e-14);
    }
}
END_TEST

START_TEST(hold_against_gsl) {
    gsl_rng *random = crease_random_new(33, 0);
    for (size_t trial = 0; trial < 400; trial++) {
        drawn d = draw(random, trial);
        if (d.sample > 0) {
            double a[MOST * MOST] = {0}, b[MOST] = {0}, e[MOST * MOST], f[MOST];
            size_t n = d.m.order;
            matrices plain = matrices_of(&d.plant, &d.c, d.angle, d.lag, 0);
            for (size_t i = 0; i < n; i++) {
                b[i] = plain.input[i];
                for (size_t j = 0; j < n; j++)
                    a[i * n + j] = gsl_matrix_get(plain.open, i, j);
            }
            ck_assert_int_eq(arm_hold(n, a, b, d.sample, e, f, NULL), CREASE_OK);
            for (size_t i = 0; i < n; i++) {
                ck_assert_msg(fabs(f[i] - d.m.input[i]) <= 1e-11 * (1 + fabs(f[i])), "seed 33, trial %zu",
                              trial);
                for (size_t j = 0; j < n; j++) {
                    double wanted = gsl_matrix_get(d.m.open, i, j) - (i == j);
                    ck_assert_msg(fabs(e[i * n + j] - wanted) <= 1e-11 * (1 + fabs(wanted)),
                                  "seed 33, trial %zu: %g, wanted %g", trial, e[i * n + j], wanted);
                }
            }
            gsl_matrix_free(plain.open);
        }
        gsl_matrix_free(d.m.open);
    }
    gsl_rng_free(random);
}
END_TEST

/* ---- poles and limits ---- */

START_TEST(poles_are_eigenvalues) {
    gsl_rng *random = crease_random_new(34, 0);
    for (size_t trial = 0; trial < test_rounds(800, 20000); trial++) {
        drawn d = draw(random, trial);
        double gain = spread(random, 1e-2, 1e3);
        double complex pole[MOST], value[MOST];
        ck_assert_int_eq(arm_linear_poles(&d.loop, gain, pole, NULL), CREASE_OK);
        eigenvalues(&d.m, gain, value);
        double scale = 0;
        for (size_t i = 0; i < d.m.order; i++)
            scale = fmax(scale, cabs(value[i]));
        /* as polynomials with these roots: the roots of a near twofold one are known to half the digits */
        for (size_t i = 0; i < d.m.order; i++) {
            double complex product = 1, wanted = 1;
            double complex at = scale * cexp(I * (0.3 + (double)i));
            for (size_t j = 0; j < d.m.order; j++) {
                product *= (at - pole[j]) / scale;
                wanted *= (at - value[j]) / scale;
            }
            ck_assert_msg(cabs(product - wanted) <= 1e-9, "seed 34, trial %zu: apart by %g", trial,
                          cabs(product - wanted));
        }
        for (size_t i = 1; i < d.m.order; i++)
            ck_assert_msg(d.sample > 0 ? cabs(pole[i - 1]) >= cabs(pole[i]) * (1 - 1e-9)
                                       : creal(pole[i - 1]) >= creal(pole[i]) - 1e-9 * cabs(pole[i]),
                          "seed 34, trial %zu: not in order", trial);
        ck_assert_int_eq(arm_linear_is_stable(&d.loop, gain), instability(&d.m, gain, d.sample) < 0);
        gsl_matrix_free(d.m.open);
    }
    gsl_rng_free(random);
}
END_TEST

/* Stable just inside each end, unstable just outside, by eigenvalues; and no stable gain at all on a scan when there is
 * said to be none, no unstable one inside. */
START_TEST(limits_by_eigenvalues) {
    gsl_rng *random = crease_random_new(35, 0);
    size_t ends[3] = {0};
    for (size_t trial = 0; trial < test_rounds(1000, 20000); trial++) {
        drawn d = draw(random, trial);
        arm_gain_range range = arm_linear_stable_gains(&d.loop);
        for (double gain = 1e-2; gain < 1e5; gain *= 1.3) {
            bool stable =
                instability(&d.m, gain, d.sample)<0, inside = gain> range.lower && gain < range.upper;
            ck_assert_msg(!inside || stable, "seed 35, trial %zu: unstable at %g in (%g, %g)", trial, gain,
                          range.lower, range.upper);
            ck_assert_msg(!isnan(range.lower) || !stable, "seed 35, trial %zu: stable at %g", trial, gain);
        }
        ends[0] += isnan(range.lower) ? 1 : 0;
        if (range.lower > 0) {
            double width = fmin(1e-6, (range.upper / range.lower - 1) / 4);
            ck_assert_msg(instability(&d.m, range.lower * (1 - 1e-6), d.sample) > 0, "seed 35, trial %zu",
                          trial);
            ck_assert_msg(instability(&d.m, range.lower * (1 + width), d.sample) < 0, "seed 35, trial %zu",
                          trial);
            ends[1]++;
        }
        if (isfinite(range.upper)) {
            ck_assert_msg(instability(&d.m, range.upper * (1 + 1e-6), d.sample) > 0, "seed 35, trial %zu",
                          trial);
            ends[2]++;
        }
        gsl_matrix_free(d.m.open);
    }
    ck_assert_uint_gt(ends[0], test_rounds(10, 10)); /* each kind has been seen */
    ck_assert_uint_gt(ends[1], test_rounds(100, 100));
    ck_assert_uint_gt(ends[2], test_rounds(300, 300));
    gsl_rng_free(random);
}
END_TEST

/* The formulas of Routh for each law, and of Jury for law P, with gravity. */
START_TEST(limits_in_closed_form) {
    gsl_rng *random = crease_random_new(36, 0);
    for (size_t trial = 0; trial < 600; trial++) {
        drawn d = draw(random, trial);
        double J = d.plant.inertia, b = d.plant.friction, g = d.plant.gravity * cos(d.angle), ta = d.lag,
               wanted = INFINITY;
        if (d.sample > 0 && (d.lag > 0 || d.c.law != ARM_LAW_P)) {
            gsl_matrix_free(d.m.open);
            continue;
        }
        arm_gain_range range = arm_linear_stable_gains(&d.loop);
        if (d.sample > 0) { /* |det| < 1, 1 +- trace + det > 0 at z = -1 and 1 */
            const gsl_matrix *m = d.m.open;
            double det = exp(-b / J * d.sample), trace = gsl_matrix_get(m, 0, 0) + gsl_matrix_get(m, 1, 1);
            double by_gain = d.m.input[1] * gsl_matrix_get(m, 0, 1) - d.m.input[0] * gsl_matrix_get(m, 1, 1);
            wanted = fmin((1 - det) / by_gain, (1 + trace + det) / fmax(d.m.input[0] - by_gain, 1e-300));
        } else if (ta > 0) {
            double extra = d.c.law == ARM_LAW_PDX ? d.c.rate_gain : 0,
                   lead = d.c.law == ARM_LAW_PDI ? d.c.lead_time : 0;
            double rest = J * ta - (J + b * ta) * lead;
            wanted = rest > 0 ? ((J + b * ta) * (b + g * ta + extra) - J * ta * g) / rest : INFINITY;
            if (lead == 0 && extra == 0)
                ck_assert_double_eq_tol(wanted / (b / ta + b * b / J + b * g * ta / J), 1, 1e-12);
        }
        if (wanted > fmax(0, -g)) {
            ck_assert_msg(fabs(range.upper / wanted - 1) <= 1e-9 || range.upper == wanted,
                          "seed 36, trial %zu: %.12g, wanted %.12g", trial, range.upper, wanted);
            ck_assert_msg(fabs(range.lower - fmax(0, -g)) <= 1e-9, "seed 36, trial %zu: lower %g", trial,
                          range.lower);
        } else {
            ck_assert_msg(isnan(range.upper), "seed 36, trial %zu: upper %g", trial, range.upper);
        }
        gsl_matrix_free(d.m.open);
    }
    gsl_rng_free(random);
}
END_TEST

/* The largest |x| of the last tenth over that of the tenth before the middle, of a motion by GSL's matrix exponential. */
static double growth(const matrices *m, double gain, double sample, double step, size_t count) {
    size_t n = m->order;
    gsl_matrix *a = closed_matrix(m, gain), *x = gsl_matrix_alloc(n, n);
    if (sample > 0) {
        gsl_matrix_memcpy(x, a);
    } else {
        gsl_matrix_scale(a, step);
        gsl_linalg_exponential_ss(a, x, GSL_PREC_DOUBLE);
    }
    gsl_vector *state = gsl_vector_calloc(n), *next = gsl_vector_calloc(n);
    double early = 0, late = 0;
    gsl_vector_set(state, 0, 1);
    for (size_t k = 0; k < count; k++) {
        double size = fabs(gsl_vector_get(state, 0));
        if (k >= 4 * count / 10 && k < count / 2)
            early = fmax(early, size);
        if (k >= 9 * count / 10)
            late = fmax(late, size);
        for (size_t i = 0; i < n; i++) {
            double sum = 0;
            for (size_t j = 0; j < n; j++)
                sum += gsl_matrix_get(x, i, j) * gsl_vector_get(state, j);
            gsl_vector_set(next, i, sum);
        }
        gsl_vector_memcpy(state, next);
    }
    gsl_vector_free(state);
    gsl_vector_free(next);
    gsl_matrix_free(a);
    gsl_matrix_free(x);
    return late / early;
}

/* Motions 2 % below and above each limit of the table, for each law that has one. */
START_TEST(limits_by_simulation) {
    arm_table_row rows[ARM_TABLE_ROWS];
    size_t count = arm_table_read("tests/data/arm/stability_limits.csv", 1, rows), limits = 0;
    for (size_t i = 0; i < 3 * count; i++) {
        const arm_plant plant = elbow(i % 2 == 0);
        arm_controller c = arm_controller_default((arm_law)(i / count), ARM_RELU);
        double seconds = rows[i % count].number[1];
        bool lags = strncmp(rows[i % count].word[0], "actuator", 8) == 0;
        double lag = lags ? seconds : 0, sample = lags ? 0 : seconds;
        arm_linear_loop loop;
        c.lead_time = 0.02;
        ck_assert_int_eq(arm_linear_make(&plant, &c, 1, 0.3, lag, sample, &loop, NULL), CREASE_OK);
        arm_gain_range range = arm_linear_stable_gains(&loop);
        if (isfinite(range.upper)) {
            matrices m = matrices_of(&plant, &c, 0.3, lag, sample);
            double step = lags ? seconds / 4 : seconds;
            /* long enough to grow or fall by some e-folds */
            double rate = fabs(instability(&m, 1.02 * range.upper, sample)) * (lags ? step : 1);
            size_t steps = (size_t)fmin(20 / rate, 1e6);
            ck_assert_double_lt(growth(&m, 0.98 * range.upper, sample, step, steps), 0.95);
            ck_assert_double_gt(growth(&m, 1.02 * range.upper, sample, step, steps), 1.05);
            double *x = malloc(steps * sizeof *x), early = 0, late = 0;
            c.gain = 1.02 * range.upper; /* and the library's own motion */
            ck_assert_ptr_nonnull(x);
            ck_assert_int_eq(arm_linear_motion(&plant, &c, 1, 0.3, lag, sample, step, steps, x, NULL),
                             CREASE_OK);
            for (size_t k = 0; k < steps; k++) {
                early = k >= 4 * steps / 10 && k < steps / 2 ? fmax(early, fabs(x[k])) : early;
                late = k >= 9 * steps / 10 ? fmax(late, fabs(x[k])) : late;
            }
            ck_assert_double_eq_tol(late / early / growth(&m, 1.02 * range.upper, sample, step, steps), 1,
                                    1e-6);
            free(x);
            gsl_matrix_free(m.open);
            limits++;
        }
    }
    ck_assert_uint_gt(limits, 20);
}
END_TEST

/* ---- frequency response and margins ---- */

/* K s row (v I - A)^-1 B by GSL's complex solver, with the Kd inside A. */
static double complex response_by_hand(const matrices *m, const drawn *d, double frequency) {
    size_t n = m->order;
    gsl_matrix *a = closed_matrix(m, 0);
    gsl_matrix_complex *system = gsl_matrix_complex_alloc(n, n);
    gsl_vector_complex *b = gsl_vector_complex_alloc(n), *x = gsl_vector_complex_alloc(n);
    gsl_permutation *p = gsl_permutation_alloc(n);
    int sign;
    double complex v = d->sample > 0 ? cexp(I * frequency * d->sample) : I * frequency, sum = 0;
    for (size_t i = 0; i < n; i++) {
        gsl_complex input;
        GSL_SET_COMPLEX(&input, m->input[i], 0);
        gsl_vector_complex_set(b, i, input);
        for (size_t j = 0; j < n; j++) {
            gsl_complex cell;
            double complex value = (i == j ? v : 0) - gsl_matrix_get(a, i, j);
            GSL_SET_COMPLEX(&cell, creal(value), cimag(value));
            gsl_matrix_complex_set(system, i, j, cell);
        }
    }
    gsl_linalg_complex_LU_decomp(system, p, &sign);
    gsl_linalg_complex_LU_solve(system, p, b, x);
    for (size_t i = 0; i < n; i++) {
        gsl_complex z = gsl_vector_complex_get(x, i);
        sum += m->row[i] * (GSL_REAL(z) + I * GSL_IMAG(z));
    }
    gsl_permutation_free(p);
    gsl_vector_complex_free(b);
    gsl_vector_complex_free(x);
    gsl_matrix_complex_free(system);
    gsl_matrix_free(a);
    return d->c.gain * d->slope * sum;
}

START_TEST(response_is_the_transfer_function) {
    gsl_rng *random = crease_random_new(37, 0);
    for (size_t trial = 0; trial < 600; trial++) {
        drawn d = draw(random, trial);
        double top = d.sample > 0 ? M_PI / d.sample : 1e3, frequency = top * spread(random, 1e-3, 1);
        double complex got = arm_linear_response(&d.loop, frequency),
                       wanted = response_by_hand(&d.m, &d, frequency);
        ck_assert_msg(cabs(got - wanted) <= 1e-8 * cabs(wanted), "seed 37, trial %zu: off by %g", trial,
                      cabs(got / wanted - 1));
        gsl_matrix_free(d.m.open);
    }
    gsl_rng_free(random);
}
END_TEST

static bool listed(const double *list, size_t count, double frequency, double factor) {
    for (size_t i = 0; i < count; i++)
        if (list[i] >= frequency && list[i] <= frequency * factor)
            return true;
    return false;
}

/* Each crossover is one, none is missed on a fine scan, and each margin is what its definition says. */
START_TEST(margins_by_definition) {
    gsl_rng *random = crease_random_new(38, 0);
    size_t seen[4] = {0};
    for (size_t trial = 0; trial < test_rounds(600, 10000); trial++) {
        drawn d = draw(random, trial);
        arm_margins m;
        const double factor = 1.01, top = d.sample > 0 ? M_PI / d.sample : 1e5, own = d.c.gain * d.slope;
        ck_assert_int_eq(arm_linear_margins(&d.loop, &m, NULL), CREASE_OK);
        ck_assert_int_eq(m.stable, instability(&d.m, own, d.sample) < 0);
        for (size_t i = 0; i < m.gain_count; i++)
            ck_assert_msg(fabs(cabs(arm_linear_response(&d.loop, m.gain_crossover[i])) - 1) <= 1e-12,
                          "seed 38, trial %zu", trial);
        for (size_t i = 0; i < m.phase_count; i++) {
            if (m.phase_crossover[i] == 0)
                continue;
            double complex L = arm_linear_response(&d.loop, m.phase_crossover[i]);
            ck_assert_msg(creal(L) < 0 && fabs(cimag(L)) <= 1e-10 * cabs(L), "seed 38, trial %zu: %g", trial,
                          cimag(L) / cabs(L));
        }
        double complex before = arm_linear_response(&d.loop, 1e-3);
        for (double w = 1e-3; w * factor < top; w *= factor) {
            double complex after = arm_linear_response(&d.loop, w * factor);
            if ((cabs(before) - 1) * (cabs(after) - 1) < 0)
                ck_assert_msg(listed(m.gain_crossover, m.gain_count, w, factor),
                              "seed 38, trial %zu: |L| = 1 near %g is missed", trial, w);
            if (cimag(before) * cimag(after) < 0 && creal(before) < 0 && creal(after) < 0)
                ck_assert_msg(listed(m.phase_crossover, m.phase_count, w, factor),
                              "seed 38, trial %zu: a real L near %g is missed", trial, w);
            before = after;
        }
        arm_gain_range range = arm_linear_stable_gains(&d.loop);
        if (m.stable) {
            seen[0]++;
            ck_assert_msg(isfinite(range.upper) ? fabs(m.gain_margin * own / range.upper - 1) <= 1e-10
                                                : m.gain_margin == INFINITY,
                          "seed 38, trial %zu: margin %.15g, Kcrit/K %.15g", trial, m.gain_margin,
                          range.upper / own);
            ck_assert_msg(fabs(m.lower_gain_margin * own - range.lower) <= 1e-10 * own,
                          "seed 38, trial %zu: lower margin %g, %g", trial, m.lower_gain_margin,
                          range.lower / own);
        } else if (own > range.upper) {
            seen[1]++;
            ck_assert_msg(m.gain_margin < 1 && fabs(m.gain_margin * own / range.upper - 1) <= 1e-10,
                          "seed 38, trial %zu", trial);
        } else if (own < range.lower) {
            seen[2]++;
            ck_assert_msg(fabs(m.lower_gain_margin * own / range.lower - 1) <= 1e-10, "seed 38, trial %zu",
                          trial);
        }
        if (m.gain_count > 0) {
            double complex L = arm_linear_response(&d.loop, m.phase_margin_frequency);
            ck_assert_double_eq_tol(cabs(L * cexp(-I * m.phase_margin_deg * M_PI / 180) + 1), 0, 1e-11);
            seen[3]++;
        }
        gsl_matrix_free(d.m.open);
    }
    for (size_t i = 0; i < 4; i++)
        ck_assert_uint_gt(seen[i], 10);
    gsl_rng_free(random);
}
END_TEST

/* With the torque late by the delay margin a pole is on the axis: 1 + L exp(-j w delay) = 0 there, and the loop
 * encloses -1 no earlier: by the Nyquist curve at 9 shorter delays. */
START_TEST(delay_margin) {
    gsl_rng *random = crease_random_new(39, 0);
    for (size_t trial = 0; trial < 400; trial++) {
        drawn d = draw(random, trial);
        arm_margins m;
        ck_assert_int_eq(arm_linear_margins(&d.loop, &m, NULL), CREASE_OK);
        if (d.sample > 0 || !m.stable) {
            ck_assert(isnan(m.delay_margin_s));
        } else if (isfinite(m.delay_margin_s)) {
            double w = m.delay_margin_frequency;
            double complex L = arm_linear_response(&d.loop, w) * cexp(-I * w * m.delay_margin_s);
            ck_assert_double_eq_tol(cabs(L + 1), 0, 1e-10);
            for (size_t i = 0; i < m.gain_count; i++)
                for (int part = 1; part < 10; part++) {
                    w = m.gain_crossover[i];
                    L = arm_linear_response(&d.loop, w) * cexp(-I * w * m.delay_margin_s * part / 10);
                    ck_assert_msg(cabs(L + 1) > 1e-9, "seed 39, trial %zu", trial);
                }
        } else {
            ck_assert_uint_eq(m.gain_count, 0);
        }
        gsl_matrix_free(d.m.open);
    }
    gsl_rng_free(random);
}
END_TEST

/* Margins of the elbow at K 80 and 10 ms by hand: w180 = sqrt(b/(J ta)). */
START_TEST(margins_of_the_elbow) {
    const arm_plant plant = elbow(false);
    const arm_controller c = arm_controller_default(ARM_LAW_P, ARM_RELU);
    arm_linear_loop loop;
    arm_margins m;
    ck_assert_int_eq(arm_linear_make(&plant, &c, 1, 0, 0.01, 0, &loop, NULL), CREASE_OK);
    ck_assert_int_eq(arm_linear_margins(&loop, &m, NULL), CREASE_OK);
    ck_assert_uint_eq(m.phase_count, 1);
    ck_assert_double_eq_tol(m.phase_crossover[0], sqrt(plant.friction / plant.inertia / 0.01), 1e-12);
    ck_assert_double_eq_tol(m.gain_margin, 5.186523605, 1e-9);
    ck_assert(m.gain_margin_frequency == m.phase_crossover[0]);
    ck_assert(m.lower_gain_margin == 0 && isnan(m.lower_gain_margin_frequency));
}
END_TEST

START_TEST(odd_loops_are_refused) {
    const arm_plant plant = elbow(true);
    const arm_controller c = arm_controller_default(ARM_LAW_P, ARM_RELU);
    arm_linear_loop loop;
    const double odd[][3] = {{-1, 0, 0},   {1, -1, 0},      {1, 0, -1},      {NAN, 0, 0},   {1, NAN, 0},
                             {1, 0, NAN},  {1, 2000, 0},    {1, 0, 2000},    {1, 1e-12, 0}, {1, 0, 1e-12},
                             {1e12, 0, 0}, {1, 1e-9, 1000}, {INFINITY, 0, 0}};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        crease_error error = {0};
        ck_assert_msg(arm_linear_make(&plant, &c, odd[i][0], 0, odd[i][1], odd[i][2], &loop, &error) ==
                          CREASE_BAD_ARGUMENT,
                      "case %zu is taken", i);
        ck_assert_uint_gt(strlen(error.message), 20);
    }
    ck_assert_int_eq(arm_linear_make(&plant, &c, 1, NAN, 0, 0, &loop, NULL), CREASE_BAD_ARGUMENT);
    /* an upright arm that falls for 1000 s between two samples */
    ck_assert_int_eq(arm_linear_make(&plant, &c, 1, M_PI, 0, 1000, &loop, NULL), CREASE_BAD_ARGUMENT);
    double x[2];
    ck_assert_int_eq(arm_linear_motion(&plant, &c, 1, 0, 0, 0, 0, 2, x, NULL), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(arm_linear_motion(&plant, &c, 1, 0, 0, 0.1, 0.2, 2, x, NULL), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(arm_linear_motion(&plant, &c, 1, 0, 0, 0.1, 0, 2, x, NULL), CREASE_OK);
    ck_assert(x[0] == 1);
}
END_TEST

/* No gain, no slope: the loop is open, without margins, and stable as the plant is. */
START_TEST(loops_without_gain) {
    const arm_plant plant = elbow(true);
    const arm_controller c = arm_controller_default(ARM_LAW_P, ARM_RELU);
    arm_linear_loop loop;
    arm_margins m;
    ck_assert_int_eq(arm_linear_make(&plant, &c, 0, 0, 0.01, 0, &loop, NULL), CREASE_OK);
    ck_assert_int_eq(arm_linear_margins(&loop, &m, NULL), CREASE_OK);
    ck_assert(m.stable && isnan(m.gain_margin) && isnan(m.phase_margin_deg) && m.gain_count == 0);
    ck_assert_int_eq(arm_linear_make(&plant, &c, 0, M_PI, 0.01, 0, &loop, NULL), CREASE_OK);
    ck_assert_int_eq(arm_linear_margins(&loop, &m, NULL), CREASE_OK);
    ck_assert(!m.stable);
}
END_TEST

Suite *test_arm_linear(void) {
    Suite *suite = suite_create("arm: linear theory");
    TCase *tables = tcase_create("tables"), *step = tcase_create("step"), *loop = tcase_create("loop");
    tcase_add_test(tables, closed_form_table);
    tcase_add_test(tables, equilibria_table);
    tcase_add_test(tables, stability_limits_table);
    tcase_add_test(step, step_metrics_are_what_they_say);
    tcase_add_test(step, response_is_the_matrix_exponential);
    tcase_add_test(step, steps_that_are_none);
    tcase_add_test(loop, hold_in_closed_form);
    tcase_add_test(loop, hold_against_gsl);
    tcase_add_test(loop, poles_are_eigenvalues);
    tcase_add_test(loop, limits_by_eigenvalues);
    tcase_add_test(loop, limits_in_closed_form);
    tcase_add_test(loop, limits_by_simulation);
    tcase_add_test(loop, response_is_the_transfer_function);
    tcase_add_test(loop, margins_by_definition);
    tcase_add_test(loop, delay_margin);
    tcase_add_test(loop, margins_of_the_elbow);
    tcase_add_test(loop, odd_loops_are_refused);
    tcase_add_test(loop, loops_without_gain);
    tcase_set_timeout(step, 60);
    tcase_set_timeout(loop, 60);
    suite_add_tcase(suite, tables);
    suite_add_tcase(suite, step);
    suite_add_tcase(suite, loop);
    return suite;
}
