/* The small normal equations behind the kink search, against least squares on the rows they come from. */
#include "crease/nnls.h"
#include "crease/random.h"
#include "support/suites.h"
#include "traffic/diagram/kink_search.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

enum { ROWS = 40, MOST = KINK_MOST_COLUMNS };

typedef struct problem {
    size_t p;
    double A[ROWS * MOST], b[ROWS], gram[MOST * MOST], right[MOST];
} problem;

/* Rows of p columns of norm 1, alike when `alike` is near 1: then many slopes are held at 0. */
static problem random_problem(uint64_t seed, size_t p, double alike) {
    problem q = {.p = p};
    gsl_rng *random = crease_random_new(seed, p);
    for (size_t i = 0; i < ROWS; i++) {
        const double common = gsl_ran_gaussian(random, 1);
        for (size_t a = 0; a < p; a++)
            q.A[i * p + a] = alike * common + gsl_ran_gaussian(random, 1 - alike);
        q.b[i] = common + gsl_ran_gaussian(random, .5);
    }
    for (size_t a = 0; a < p; a++) {
        double square = 0;
        for (size_t i = 0; i < ROWS; i++)
            square += q.A[i * p + a] * q.A[i * p + a];
        for (size_t i = 0; i < ROWS; i++)
            q.A[i * p + a] /= sqrt(square);
    }
    for (size_t a = 0; a < p; a++)
        for (size_t i = 0; i < ROWS; i++) {
            q.right[a] += q.A[i * p + a] * q.b[i];
            for (size_t b = 0; b < p; b++)
                q.gram[a * p + b] += q.A[i * p + a] * q.A[i * p + b];
        }
    gsl_rng_free(random);
    return q;
}

START_TEST(solves_the_equations) {
    for (uint64_t seed = 1; seed <= 200; seed++) {
        const problem q = random_problem(seed, 1 + seed % MOST, .1 * (double)(seed % 9));
        double L[MOST * MOST], x[MOST];
        memcpy(L, q.gram, sizeof L);
        memcpy(x, q.right, sizeof x);
        ck_assert(kink_solve_normal(q.p, L, x));
        for (size_t a = 0; a < q.p; a++) {
            double left = 0;
            for (size_t b = 0; b < q.p; b++)
                left += q.gram[a * q.p + b] * x[b];
            ck_assert_msg(fabs(left - q.right[a]) < 1e-10, "seed %lu, equation %zu: %.17g, %.17g",
                          (unsigned long)seed, a, left, q.right[a]);
        }
    }
    double singular[4] = {1, 1, 1, 1}, indefinite[4] = {1, 2, 2, 1}, x[2] = {1, 1};
    ck_assert(!kink_solve_normal(2, singular, x));
    ck_assert(!kink_solve_normal(2, indefinite, x));
}
END_TEST

START_TEST(slopes_are_those_of_nnls) {
    size_t held = 0;
    for (uint64_t seed = 1; seed <= test_cases(300, 3000); seed++) {
        const problem q = random_problem(seed, 1 + seed % (TRAFFIC_MAX_KINKS + 1), .1 * (double)(seed % 10));
        double slope[MOST], expected[MOST];
        ck_assert_int_eq(crease_nnls(q.A, ROWS, q.p, q.b, NULL, expected, NULL, NULL), CREASE_OK);
        ck_assert(kink_solve_slopes(q.p, q.gram, q.right, slope));
        for (size_t a = 0; a < q.p; a++) {
            held += slope[a] == 0;
            ck_assert_msg(slope[a] >= 0 && fabs(slope[a] - expected[a]) < 1e-8,
                          "seed %lu, slope %zu: %.17g, %.17g", (unsigned long)seed, a, slope[a], expected[a]);
        }
    }
    ck_assert_uint_gt(held, 100);
}
END_TEST

Suite *test_traffic_kink_solve(void) {
    Suite *suite = suite_create("traffic kink solve");
    TCase *equations = tcase_create("equations");
    tcase_add_test(equations, solves_the_equations);
    tcase_add_test(equations, slopes_are_those_of_nnls);
    suite_add_tcase(suite, equations);
    return suite;
}
