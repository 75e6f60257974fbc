/* Verdicts on networks, boxes and rows of sizes from 1e-320 to 1e300, next to the exact least value: none may be wrong. */
#include "crease/random.h"
#include "crease/verify.h"
#include "support/exact_net.h"
#include "support/random_net.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 6 };

typedef struct tally {
    size_t proved, refuted, unknown;
} tally;

static void random_box(gsl_rng *rng, size_t inputs, double *lower, double *upper) {
    double size = fmin(random_size(rng), 1e150);
    for (size_t j = 0; j < inputs; j++) {
        double a = size * gsl_ran_gaussian(rng, 1), b = size * gsl_ran_gaussian(rng, 1);
        if (gsl_rng_uniform_int(rng, 4) == 0)
            b = a;
        if (gsl_rng_uniform_int(rng, 8) == 0)
            a = 0;
        lower[j] = fmin(a, b);
        upper[j] = fmax(a, b);
    }
}

/* The double at or below the value, or above it; false where there is none. */
static bool near(mpq_t value, bool above, double *threshold) {
    double cut = mpq_get_d(value);
    mpq_t there;
    if (!isfinite(cut))
        return false;
    mpq_init(there);
    mpq_set_d(there, cut);
    int order = mpq_cmp(there, value);
    mpq_clear(there);
    *threshold =
        above ? (order < 0 ? nextafter(cut, INFINITY) : cut) : (order >= 0 ? nextafter(cut, -INFINITY) : cut);
    return isfinite(*threshold);
}

static void judge(uint64_t seed, const crease_net *net, const double *lower, const double *upper,
                  const double *coefficient, size_t rows, double threshold, bool violated, tally *count) {
    double all[3 * MOST], constants[3];
    size_t size = net->inputs + net->outputs;
    for (size_t r = 0; r < rows; r++) { /* all rows the same, but their combination is not */
        memcpy(all + r * size, coefficient, size * sizeof *all);
        constants[r] = -threshold;
    }
    crease_specification *specification;
    crease_verify_result result;
    crease_error error = {0};
    ck_assert(crease_specification_box(net->inputs, net->outputs, lower, upper, &specification, NULL) ==
              CREASE_OK);
    ck_assert(crease_specification_add(specification, 0, rows, all, constants, NULL) == CREASE_OK);
    crease_verify_options options = {.threads = 1, .node_limit = 30};
    ck_assert_msg(crease_verify(net, specification, &options, &result, &error) == CREASE_OK, "seed %lu: %s",
                  seed, error.message);
    ck_assert_msg(result.verdict != (violated ? CREASE_PROVED : CREASE_REFUTED), "seed %lu: %s at %.17g",
                  seed, crease_verdict_name(result.verdict), threshold);
    count->proved += result.verdict == CREASE_PROVED;
    count->refuted += result.verdict == CREASE_REFUTED;
    count->unknown += result.verdict == CREASE_UNKNOWN;
    crease_verify_result_clear(&result);
    crease_specification_free(specification);
}

START_TEST(no_verdict_is_wrong) {
    tally count = {0};
    for (uint64_t seed = 1; seed <= test_rounds(700, 12000); seed++) {
        gsl_rng *rng = crease_random_new(seed, 70);
        crease_net *net = random_net(rng, &(random_net_limits){3, 2, 3, 4});
        random_sizes(rng, net);
        exact_net *exact = exact_net_new(net);
        double lower[MOST], upper[MOST], coefficient[MOST] = {0}, size = random_size(rng), threshold = 0;
        random_box(rng, net->inputs, lower, upper);
        for (size_t o = 0; o < net->outputs; o++)
            coefficient[net->inputs + o] = size * gsl_ran_gaussian(rng, 1);
        if (gsl_rng_uniform_int(rng, 3) == 0)
            for (size_t j = 0; j < net->inputs; j++)
                coefficient[j] = random_size(rng) * gsl_ran_gaussian(rng, 1);
        mpq_t least, spread;
        mpq_inits(least, spread, NULL);
        exact_minimum(exact, lower, upper, coefficient, least, NULL);
        size_t rows = 1 + gsl_rng_uniform_int(rng, 3);
        for (int k = 0; k < 4; k++) {
            bool above = k % 2;
            mpq_set_d(spread, 1 + (above == (mpq_sgn(least) > 0) ? 1e-6 : -1e-6));
            if (k >= 2)
                mpq_mul(least, least, spread);
            if (near(least, above, &threshold))
                judge(seed, net, lower, upper, coefficient, rows, threshold, above, &count);
            if (k >= 2)
                mpq_div(least, least, spread);
        }
        mpq_clears(least, spread, NULL);
        exact_net_free(exact);
        crease_net_free(net);
        gsl_rng_free(rng);
    }
    ck_assert_msg(count.proved > test_rounds(100, 100) && count.refuted > test_rounds(100, 100),
                  "%zu proved, %zu refuted, %zu unknown", count.proved, count.refuted, count.unknown);
}
END_TEST

Suite *test_extreme_sizes(void) {
    Suite *suite = suite_create("test_extreme_sizes");
    TCase *all = tcase_create("sizes");
    tcase_set_timeout(all, 600);
    tcase_add_test(all, no_verdict_is_wrong);
    suite_add_tcase(suite, all);
    return suite;
}
