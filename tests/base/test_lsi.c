/* Least squares under inequalities against all sets of active limits, and the conditions of Karush, Kuhn & Tucker. */
#include "base/lsi.h"
#include "crease/nnls.h"
#include "crease/random.h"
#include "support/brute.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 20 };

typedef struct program {
    size_t rows, columns, limits;
    double E[ROWS * BRUTE_COLUMNS], f[ROWS], G[BRUTE_LIMITS * BRUTE_COLUMNS], h[BRUTE_LIMITS];
} program;

static program draw(gsl_rng *rng, bool feasible) {
    program p = {.columns = 1 + gsl_rng_uniform_int(rng, 5)};
    p.rows = p.columns + gsl_rng_uniform_int(rng, ROWS - 6);
    p.limits = gsl_rng_uniform_int(rng, 8);
    double inside[BRUTE_COLUMNS];
    for (size_t c = 0; c < p.columns; c++)
        inside[c] = gsl_ran_gaussian(rng, 2);
    for (size_t i = 0; i < p.rows * p.columns; i++)
        p.E[i] = gsl_ran_gaussian(rng, 1);
    for (size_t i = 0; i < p.rows; i++)
        p.f[i] = gsl_ran_gaussian(rng, 3);
    for (size_t l = 0; l < p.limits; l++) {
        double at = 0;
        for (size_t c = 0; c < p.columns; c++) {
            p.G[l * p.columns + c] = gsl_rng_uniform(rng) < .3 ? 0 : gsl_ran_gaussian(rng, 1);
            at += p.G[l * p.columns + c] * inside[c];
        }
        p.h[l] = feasible ? at - gsl_rng_uniform(rng) : gsl_ran_gaussian(rng, 2);
    }
    return p;
}

static double cost(const program *p, const double *x, double *gradient) {
    double sum = 0;
    memset(gradient, 0, p->columns * sizeof *gradient);
    for (size_t i = 0; i < p->rows; i++) {
        double r = -p->f[i];
        for (size_t c = 0; c < p->columns; c++)
            r += p->E[i * p->columns + c] * x[c];
        for (size_t c = 0; c < p->columns; c++)
            gradient[c] += p->E[i * p->columns + c] * r;
        sum += r * r;
    }
    return sum;
}

/* The gradient must be a non-negative combination of the active limits' normals. */
static void check_conditions(const program *p, const double *x, const double *gradient, const char *what) {
    double normals[BRUTE_COLUMNS * BRUTE_LIMITS], u[BRUTE_LIMITS], rest, size = 1;
    size_t active[BRUTE_LIMITS], count = 0;
    for (size_t l = 0; l < p->limits; l++) {
        double value = -p->h[l];
        for (size_t c = 0; c < p->columns; c++)
            value += p->G[l * p->columns + c] * x[c];
        ck_assert_msg(value >= -1e-9 * (1 + fabs(p->h[l])), "%s: limit %zu is missed by %g", what, l, -value);
        if (value <= 1e-7)
            active[count++] = l;
    }
    for (size_t c = 0; c < p->columns; c++) {
        size += fabs(gradient[c]);
        for (size_t a = 0; a < count; a++)
            normals[c * count + a] = p->G[active[a] * p->columns + c];
    }
    if (count == 0) {
        rest = 0;
        for (size_t c = 0; c < p->columns; c++)
            rest = hypot(rest, gradient[c]);
    } else {
        ck_assert_int_eq(crease_nnls(normals, p->columns, count, gradient, NULL, u, &rest, NULL), CREASE_OK);
    }
    ck_assert_msg(rest <= 1e-8 * size, "%s: gradient %g from the cone of the active limits", what, rest);
}

START_TEST(test_against_active_sets) {
    size_t cases = test_rounds(3000, 100000);
    for (size_t seed = 0; seed < cases; seed++) {
        gsl_rng *rng = crease_random_new(seed, 1);
        program p = draw(rng, seed % 4 != 0);
        gsl_rng_free(rng);
        double x[BRUTE_COLUMNS], known[BRUTE_COLUMNS], gradient[BRUTE_COLUMNS];
        char what[40];
        snprintf(what, sizeof what, "seed %zu", seed);
        crease_status status = crease_lsi(p.E, p.rows, p.columns, p.f, p.G, p.limits, p.h, x, NULL);
        double least = brute_quadratic(p.rows, p.columns, p.E, p.f, p.limits, p.G, p.h, known);
        ck_assert_msg((status == CREASE_OK) == (least >= 0), "%s: status %d, brute force %g", what,
                      (int)status, least);
        if (status != CREASE_OK) {
            ck_assert_int_eq(status, CREASE_BAD_ARGUMENT);
            continue;
        }
        double found = cost(&p, x, gradient);
        ck_assert_msg(fabs(found - least) <= 1e-8 * (1 + least), "%s: %.15g, not %.15g", what, found, least);
        check_conditions(&p, x, gradient, what);
    }
}
END_TEST

/* Scales of rows, limits and unknowns must not matter. */
START_TEST(test_scales) {
    size_t cases = test_rounds(300, 3000);
    static const double scale[] = {1e-100, 1e-8, 1e8, 1e100};
    for (size_t seed = 0; seed < cases; seed++) {
        gsl_rng *rng = crease_random_new(seed, 2);
        program p = draw(rng, true), q = p;
        gsl_rng_free(rng);
        double a = scale[seed % 4], x[BRUTE_COLUMNS], y[BRUTE_COLUMNS];
        for (size_t l = 0; l < p.limits; l++) {
            double own = l % 2 ? 1e3 : 1e-3;
            q.h[l] *= a * own;
            for (size_t c = 0; c < p.columns; c++)
                q.G[l * p.columns + c] *= own;
        }
        for (size_t i = 0; i < p.rows; i++)
            q.f[i] *= a;
        ck_assert_int_eq(crease_lsi(p.E, p.rows, p.columns, p.f, p.G, p.limits, p.h, x, NULL), CREASE_OK);
        crease_status status = crease_lsi(q.E, q.rows, q.columns, q.f, q.G, q.limits, q.h, y, NULL);
        ck_assert_msg(status == CREASE_OK, "seed %zu scale %g", seed, a);
        for (size_t c = 0; c < p.columns; c++)
            ck_assert_msg(fabs(y[c] / a - x[c]) <= 1e-7 * (1 + fabs(x[c])), "seed %zu scale %g: %g, not %g",
                          seed, a, y[c] / a, x[c]);
    }
}
END_TEST

START_TEST(test_refusals) {
    crease_error error = {0};
    double E[] = {1, 0, 0, 1}, f[] = {1, 2}, x[2];
    double apart[] = {1, 0, -1, 0}, sides[] = {1, 0};
    ck_assert_int_eq(crease_lsi(E, 2, 2, f, apart, 2, sides, x, &error), CREASE_BAD_ARGUMENT);
    ck_assert_str_eq(error.message, "no solution keeps all the limits; they contradict one another");
    sides[0] = 0;
    ck_assert_int_eq(crease_lsi(E, 2, 2, f, apart, 2, sides, x, &error), CREASE_OK);
    ck_assert_double_eq_tol(x[0], 0, 1e-14);
    ck_assert_double_eq_tol(x[1], 2, 1e-14);
    double nothing[] = {0, 0}, positive[] = {1};
    ck_assert_int_eq(crease_lsi(E, 2, 2, f, nothing, 1, positive, x, &error), CREASE_BAD_ARGUMENT);
    double flat[] = {1, 1, 2, 2};
    ck_assert_int_eq(crease_lsi(flat, 2, 2, f, apart, 0, sides, x, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "not independent"));
    ck_assert_int_eq(crease_lsi(E, 2, 2, f, NULL, 0, NULL, x, &error), CREASE_OK);
    ck_assert_double_eq_tol(x[0], 1, 1e-14);
}
END_TEST

Suite *test_lsi(void) {
    Suite *suite = suite_create("lsi");
    TCase *all = tcase_create("inequalities");
    tcase_set_timeout(all, 120);
    tcase_add_test(all, test_against_active_sets);
    tcase_add_test(all, test_scales);
    tcase_add_test(all, test_refusals);
    suite_add_tcase(suite, all);
    return suite;
}
