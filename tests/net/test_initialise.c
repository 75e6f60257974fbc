/* The random starts against the moments that their sources prescribe, over many draws. */
#include "crease/initialise.h"
#include "crease/random.h"
#include "support/suites.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { draws = 4000 };

typedef struct sums {
    double first, second, fourth, largest;
    size_t count;
} sums;

static void add_range(sums *s, const double *theta, size_t from, size_t to) {
    for (size_t j = from; j < to; j++) {
        double square = theta[j] * theta[j];
        s->first += theta[j];
        s->second += square;
        s->fourth += square * square;
        s->largest = fmax(s->largest, fabs(theta[j]));
        s->count++;
    }
}

/* Mean 0, the variance, and the kurtosis (3 normal, 9/5 uniform), each within 4 Monte Carlo standard errors.
 */
static void check_moments(const sums *s, double variance, bool uniform, const char *what) {
    double n = (double)s->count, mean = s->first / n, square = s->second / n,
           kurtosis = s->fourth / n / square / square;
    double fourth = uniform ? 1.8 : 3, of_kurtosis = uniform ? 3 : sqrt(24);
    ck_assert_msg(fabs(mean) <= 4 * sqrt(variance / n), "%s: mean %g", what, mean);
    ck_assert_msg(fabs(square / variance - 1) <= 4 * sqrt((fourth - 1) / n), "%s: variance %g, not %g", what,
                  square, variance);
    ck_assert_msg(fabs(kurtosis - fourth) <= 4 * of_kurtosis / sqrt(n), "%s: kurtosis %g", what, kurtosis);
    if (uniform)
        ck_assert_msg(s->largest <= sqrt(3 * variance) && s->largest > .999 * sqrt(3 * variance),
                      "%s: bound %g", what, s->largest);
}

START_TEST(moments_are_those_of_the_sources) {
    static const struct {
        crease_initialiser initialiser;
        double fan_in, fan_out; /* variance = numerator / (fan_in share + fan_out share) */
    } rule[] = {{CREASE_INIT_RANDOM, 1, 0}, {CREASE_INIT_XAVIER, .5, .5}, {CREASE_INIT_HE, .5, 0}};
    crease_initialiser initialiser = rule[_i].initialiser;
    bool uniform = initialiser == CREASE_INIT_XAVIER;
    crease_net *net;
    ck_assert_int_eq(crease_net_parse("affine+relu:3+tanh:2/prelu(.125):4", 3, 2, &net, NULL), CREASE_OK);
    sums first = {0}, second = {0}, output = {0}, affine = {0}, biases = {0}, deep_biases = {0};
    double *theta = malloc(net->parameter_count * sizeof *theta);
    gsl_rng *rng = crease_random_new(7, 0);
    const crease_layer *layer = net->layer;
    for (size_t i = 0; i < draws; i++) {
        crease_net_initialise(net, initialiser, rng, theta);
        add_range(&first, theta, layer[0].weights, layer[0].biases);
        add_range(&biases, theta, layer[0].biases, layer[0].slopes);
        add_range(&second, theta, layer[1].weights, layer[1].biases);
        add_range(&deep_biases, theta, layer[1].biases, layer[1].slopes);
        add_range(&output, theta, net->output_weights, net->output_biases);
        add_range(&affine, theta, net->affine_weights, net->parameter_count);
        add_range(initialiser == CREASE_INIT_RANDOM ? &deep_biases : &biases, theta, net->output_biases,
                  net->affine_weights);
        for (size_t u = 0; u < 4; u++)
            ck_assert_msg(theta[layer[1].slopes + u] == .125, "a prelu slope was drawn");
    }
    double in = rule[_i].fan_in, out = rule[_i].fan_out;
    check_moments(&first, 1 / (3 * in + 5 * out), uniform, "first layer");
    check_moments(&second, 1 / (5 * in + 4 * out), uniform, "second layer");
    check_moments(&output, 1 / (4 * in + 2 * out), uniform, "output layer");
    check_moments(&affine, 1 / (3 * in + 2 * out), uniform, "affine path");
    if (initialiser == CREASE_INIT_RANDOM)
        check_moments(&biases, 1. / 3, false,
                      "biases"); /* those of the second layer and the output mix 1/5 and 1/4 */
    else
        ck_assert_msg(biases.largest == 0 && deep_biases.largest == 0, "a bias is not zero");
    gsl_rng_free(rng);
    free(theta);
    crease_net_free(net);
}
END_TEST

START_TEST(a_stream_gives_the_same_digits) {
    static const crease_initialiser kinds[] = {CREASE_INIT_RANDOM, CREASE_INIT_XAVIER, CREASE_INIT_HE};
    crease_net *net;
    ck_assert_int_eq(crease_net_parse("relu:5/tanh:4", 2, 1, &net, NULL), CREASE_OK);
    size_t size = net->parameter_count * sizeof(double);
    double *theta = malloc(3 * size), *again = theta + net->parameter_count,
           *other = again + net->parameter_count;
    for (size_t k = 0; k < 3; k++) {
        gsl_rng *rng = crease_random_new(11, 3);
        crease_net_initialise(net, kinds[k], rng, theta);
        crease_random_set(rng, 11, 3);
        crease_net_initialise(net, kinds[k], rng, again);
        crease_random_set(rng, 11, 4);
        crease_net_initialise(net, kinds[k], rng, other);
        ck_assert_int_eq(memcmp(theta, again, size), 0);
        ck_assert_int_ne(memcmp(theta, other, size), 0);
        gsl_rng_free(rng);
    }
    free(theta);
    crease_net_free(net);
}
END_TEST

START_TEST(other_starts_leave_theta_alone) {
    crease_net *net;
    ck_assert_int_eq(crease_net_parse("relu:2", 1, 1, &net, NULL), CREASE_OK);
    double theta[7] = {1, 2, 3, 4, 5, 6, 7};
    gsl_rng *rng = crease_random_new(1, 0);
    crease_net_initialise(net, CREASE_INIT_AUTO, rng, theta);
    crease_net_initialise(net, CREASE_INIT_DATA, rng, theta);
    crease_net_initialise(net, CREASE_INIT_KEEP, rng, theta);
    for (int j = 0; j < 7; j++)
        ck_assert(theta[j] == j + 1);
    gsl_rng_free(rng);
    crease_net_free(net);
}
END_TEST

Suite *test_initialise(void) {
    Suite *suite = suite_create("initialise");
    TCase *tests = tcase_create("initialise");
    tcase_add_loop_test(tests, moments_are_those_of_the_sources, 0, 3);
    tcase_add_test(tests, a_stream_gives_the_same_digits);
    tcase_add_test(tests, other_starts_leave_theta_alone);
    suite_add_tcase(suite, tests);
    return suite;
}
