/* The judge of the verifier, judged itself: against evaluation in doubles, counting formulas, polylines and points. */
#include "crease/pwl.h"
#include "crease/random.h"
#include "support/exact_net.h"
#include "support/random_net.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static gsl_rng *rng;

static void start(uint64_t seed) {
    rng = crease_random_new(seed, 0);
}

static bool moderate(const crease_net *net) {
    for (size_t i = 0; i < net->parameter_count; i++)
        if (fabs(net->theta[i]) > 1e6)
            return false;
    return true;
}

START_TEST(values_are_those_of_doubles) {
    for (uint64_t seed = 1; seed <= 500; seed++) {
        start(seed);
        crease_net *net = random_net(rng, &(random_net_limits){4, 3, 3, 6});
        exact_net *exact = exact_net_new(net);
        crease_work *work;
        ck_assert(crease_work_new(net, &work, NULL) == CREASE_OK);
        double x[4], y[3];
        for (size_t k = 0; k < net->inputs; k++)
            x[k] = random_number(rng, 2);
        crease_net_evaluate(net, NULL, work, 1, x, y);
        mpq_t *at = exact_from_doubles(x, net->inputs), *value = exact_vector_new(net->outputs);
        exact_evaluate(exact, at, value);
        for (size_t o = 0; o < net->outputs && moderate(net); o++)
            ck_assert_msg(fabs(mpq_get_d(value[o]) - y[o]) <= 1e-9 * (1 + fabs(y[o])),
                          "seed %lu: %.17g %.17g", seed, mpq_get_d(value[o]), y[o]);
        exact_vector_free(at, net->inputs);
        exact_vector_free(value, net->outputs);
        crease_work_free(work);
        exact_net_free(exact);
        crease_net_free(net);
        gsl_rng_free(rng);
    }
}
END_TEST

static double choose(size_t n, size_t k) {
    double value = 1;
    for (size_t i = 0; i < k; i++)
        value = value * (double)(n - i) / (double)(i + 1);
    return value;
}

/* Zaslavsky (1975): n hyperplanes in general position cut d-space into sum over i <= d of C(n, i) parts. */
START_TEST(regions_of_one_layer) {
    for (size_t d = 1; d <= 3; d++)
        for (size_t n = 1; n <= 6; n++) {
            char spec[16];
            crease_net *net;
            snprintf(spec, sizeof spec, "relu:%zu", n);
            ck_assert(crease_net_parse(spec, d, 1, &net, NULL) == CREASE_OK);
            start(10 * d + n);
            for (size_t i = 0; i < net->parameter_count; i++)
                net->theta[i] = gsl_ran_gaussian(rng, 1);
            double lower[3] = {-1e6, -1e6, -1e6}, upper[3] = {1e6, 1e6, 1e6}, coefficient[4] = {0, 0, 0, 0},
                   expected = 0;
            mpq_t least;
            mpq_init(least);
            exact_net *exact = exact_net_new(net);
            exact_minimum(exact, lower, upper, coefficient, least, NULL);
            for (size_t i = 0; i <= d && i <= n; i++)
                expected += choose(n, i);
            ck_assert_uint_eq(exact_region_count(exact), (size_t)expected);
            mpq_clear(least);
            exact_net_free(exact);
            crease_net_free(net);
            gsl_rng_free(rng);
        }
}
END_TEST

/* The least value is attained where it is said to be, no random point is lower, and descent from there finds nothing. */
START_TEST(minimum_against_points) {
    for (uint64_t seed = 1; seed <= test_rounds(400, 5000); seed++) {
        start(seed);
        crease_net *net = random_net(rng, &(random_net_limits){4, 2, 3, 5});
        exact_net *exact = exact_net_new(net);
        size_t d = net->inputs;
        double lower[4], upper[4], coefficient[6];
        for (size_t k = 0; k < d; k++) {
            double a = random_number(rng, 1), b = gsl_rng_uniform_int(rng, 5) ? random_number(rng, 1) : a;
            lower[k] = fmin(a, b);
            upper[k] = fmax(a, b);
        }
        for (size_t k = 0; k < d + net->outputs; k++)
            coefficient[k] = random_number(rng, 1);
        mpq_t *where = exact_vector_new(d), *y = exact_vector_new(net->outputs), *x = exact_vector_new(d);
        mpq_t least, value, term;
        mpq_inits(least, value, term, NULL);
        exact_minimum(exact, lower, upper, coefficient, least, where);
        for (int trial = 0; trial <= 30; trial++) {
            for (size_t k = 0; k < d; k++) {
                double share = trial % 2 ? gsl_rng_uniform(rng) : (double)gsl_rng_uniform_int(rng, 2);
                mpq_set_d(x[k], fmin(fmax(lower[k] + share * (upper[k] - lower[k]), lower[k]), upper[k]));
                if (trial == 0)
                    mpq_set(x[k], where[k]);
                if (trial % 3 == 2) { /* near the place */
                    mpq_set_d(term, 1e-9);
                    mpq_sub(value, x[k], where[k]);
                    mpq_mul(value, value, term);
                    mpq_add(x[k], where[k], value);
                }
            }
            exact_evaluate(exact, x, y);
            mpq_set_ui(value, 0, 1);
            for (size_t k = 0; k < d + net->outputs; k++) {
                mpq_set_d(term, coefficient[k]);
                mpq_mul(term, term, k < d ? x[k] : y[k - d]);
                mpq_add(value, value, term);
            }
            int order = mpq_cmp(value, least);
            ck_assert_msg(trial == 0 ? order == 0 : order >= 0, "seed %lu, trial %d: %.17g, least %.17g",
                          seed, trial, mpq_get_d(value), mpq_get_d(least));
        }
        mpq_clears(least, value, term, NULL);
        exact_vector_free(where, d);
        exact_vector_free(x, d);
        exact_vector_free(y, net->outputs);
        exact_net_free(exact);
        crease_net_free(net);
        gsl_rng_free(rng);
    }
}
END_TEST

/* A network of one variable is a polyline: least at a knot or an end. */
START_TEST(minimum_of_a_polyline) {
    for (uint64_t seed = 1; seed <= 300; seed++) {
        start(seed);
        crease_net *net;
        ck_assert(crease_net_parse("relu:5/relu:4", 1, 1, &net, NULL) == CREASE_OK);
        for (size_t i = 0; i < net->parameter_count; i++)
            net->theta[i] = gsl_ran_gaussian(rng, 1);
        crease_pwl *pwl;
        ck_assert(crease_pwl_from_net(net, &pwl, NULL) == CREASE_OK);
        double lower = -2, upper = 1.5, coefficient[2] = {0, 1};
        double expected = fmin(crease_pwl_evaluate(pwl, lower), crease_pwl_evaluate(pwl, upper));
        for (size_t k = 0; k < pwl->knot_count; k++)
            if (pwl->x[k] > lower && pwl->x[k] < upper)
                expected = fmin(expected, crease_pwl_evaluate(pwl, pwl->x[k]));
        exact_net *exact = exact_net_new(net);
        mpq_t least;
        mpq_init(least);
        exact_minimum(exact, &lower, &upper, coefficient, least, NULL);
        ck_assert_msg(fabs(mpq_get_d(least) - expected) < 1e-9, "seed %lu: %.17g, polyline %.17g", seed,
                      mpq_get_d(least), expected);
        mpq_clear(least);
        exact_net_free(exact);
        crease_pwl_free(pwl);
        crease_net_free(net);
        gsl_rng_free(rng);
    }
}
END_TEST

START_TEST(numbers) {
    static const char *const text[][2] = {
        {"0.1", "1/10"},   {"-2.50", "-5/2"},   {"1e-3", "1/1000"}, {"-.5e2", "-50"}, {"12", "12"},
        {"0x1.8p+1", "3"}, {"-0x1p-2", "-1/4"}, {"-1/3", "-1/3"},   {"+7", "7"},      {"1E2", "100"}};
    mpq_t value, expected;
    mpq_inits(value, expected, NULL);
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        exact_parse(text[i][0], value);
        mpq_set_str(expected, text[i][1], 10);
        ck_assert_msg(mpq_equal(value, expected), "%s", text[i][0]);
    }
    mpq_clears(value, expected, NULL);
}
END_TEST

Suite *test_exact_net(void) {
    Suite *suite = suite_create("exact_net");
    TCase *all = tcase_create("all");
    tcase_add_test(all, numbers);
    tcase_add_test(all, values_are_those_of_doubles);
    tcase_add_test(all, regions_of_one_layer);
    tcase_add_test(all, minimum_against_points);
    tcase_add_test(all, minimum_of_a_polyline);
    suite_add_tcase(suite, all);
    return suite;
}
