/* A fixed knot, on a datum and off: no place for the other knot is better than the one found, and the bound is below
 * them all. */
#include "crease/knots.h"
#include "crease/random.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>

enum { ROWS = 30, GRID = 120, LEAST = 3 };

/* Distinct x strictly between, a knot on a datum lending it to neither side: enough for any way to count. */
static size_t distinct_between(const double *x, double low, double high) {
    size_t count = 0;
    for (size_t i = 0; i < ROWS; i++) {
        bool first = x[i] > low && x[i] < high;
        for (size_t k = 0; first && k < i; k++)
            first = x[k] != x[i];
        count += first ? 1 : 0;
    }
    return count;
}

static double best_on_grid(const crease_data *data, double fixed) {
    double best = INFINITY;
    for (size_t g = 0; g < GRID; g++) {
        double other = 10 * ((double)g + .5) / GRID, pair[] = {fixed, other};
        double low = fmin(fixed, other), high = fmax(fixed, other);
        if (high - low < 1e-6 || distinct_between(data->x, -1, low) < LEAST ||
            distinct_between(data->x, low, high) < LEAST || distinct_between(data->x, high, 11) < LEAST)
            continue;
        crease_knots_options both = {.knots = 2, .fixed_knot = pair, .fixed_knot_count = 2};
        crease_knots_result result;
        ck_assert_int_eq(crease_knots_fit(data, &both, &result, NULL), CREASE_OK);
        best = fmin(best, result.sse);
        crease_knots_result_clear(&result);
    }
    return best;
}

START_TEST(no_place_for_the_other_is_better) {
    size_t cases = test_rounds(12, 300);
    for (size_t seed = 0; seed < cases; seed++) {
        double x[ROWS], y[ROWS];
        gsl_rng *rng = crease_random_new(501, seed);
        for (size_t i = 0; i < ROWS; i++) {
            x[i] = round(40 * gsl_rng_uniform(rng)) / 4;
            y[i] = fabs(x[i] - 4) + gsl_ran_gaussian(rng, .7);
        }
        gsl_rng_free(rng);
        double fixed = (x[0] > 2 && x[0] < 8 ? x[0] : 3) + (seed % 3 == 0 ? .1 : 0);
        crease_data data = {ROWS, 1, 1, x, y, NULL};
        crease_knots_options options = {.knots = 2, .fixed_knot = &fixed, .fixed_knot_count = 1};
        crease_knots_result result;
        ck_assert_int_eq(crease_knots_fit(&data, &options, &result, NULL), CREASE_OK);
        double best = best_on_grid(&data, fixed);
        ck_assert_msg(result.lower_bound <= best * (1 + 1e-9),
                      "seed %zu: bound %.10g above an error of %.10g", seed, result.lower_bound, best);
        ck_assert_msg(result.sse <= best * (1 + 1e-6), "seed %zu: error %.10g, %.10g elsewhere", seed,
                      result.sse, best);
        ck_assert_msg(result.pwl->x[0] == fixed || result.pwl->x[1] == fixed, "seed %zu: no knot at %g", seed,
                      fixed);
        crease_knots_result_clear(&result);
    }
}
END_TEST

Suite *test_knots_fixed(void) {
    Suite *suite = suite_create("fixed knots");
    TCase *fixed = tcase_create("one fixed, one free");
    tcase_set_timeout(fixed, 60);
    tcase_add_test(fixed, no_place_for_the_other_is_better);
    suite_add_tcase(suite, fixed);
    return suite;
}
