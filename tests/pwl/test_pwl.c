/* Piecewise-linear functions, and the kinks of networks of one variable against a brute-force look at the
 * network's values: straight (or smooth) between the kinks that are listed, one-sided slopes as listed at
 * each. */
#include "crease/pwl.h"
#include "crease/random.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static crease_net *parse(const char *spec) {
    crease_net *net;
    crease_error error;
    ck_assert_msg(crease_net_parse(spec, 1, 1, &net, &error) == CREASE_OK, "%s", error.message);
    return net;
}

static crease_net *random_net(const char *spec, gsl_rng *rng) {
    crease_net *net = parse(spec);
    for (size_t j = 0; j < net->parameter_count; j++)
        net->theta[j] = gsl_ran_gaussian(rng, 1);
    net->input_shift[0] = gsl_ran_gaussian(rng, 2);
    net->input_scale[0] = .5 + 2 * gsl_rng_uniform(rng);
    net->output_shift[0] = gsl_ran_gaussian(rng, 5);
    net->output_scale[0] = .5 + 2 * gsl_rng_uniform(rng);
    return net;
}

static size_t kinks_of(const crease_net *net, crease_kink **kinks) {
    size_t count;
    crease_error error;
    ck_assert_msg(crease_net_kinks(net, kinks, &count, &error) == CREASE_OK, "%s", error.message);
    for (size_t i = 0; i < count; i++) {
        ck_assert(isnan((*kinks)[i].standard_error) && !((*kinks)[i].slope_left == (*kinks)[i].slope_right));
        ck_assert(i == 0 || (*kinks)[i].x > (*kinks)[i - 1].x);
    }
    return count;
}

static double value(const crease_net *net, double x) {
    crease_work *work;
    double y;
    ck_assert_int_eq(crease_work_new(net, &work, NULL), CREASE_OK);
    crease_net_evaluate(net, NULL, work, 1, &x, &y);
    crease_work_free(work);
    return y;
}

static double slope(const crease_net *net, double x) {
    crease_work *work;
    double dydx;
    ck_assert_int_eq(crease_work_new(net, &work, NULL), CREASE_OK);
    crease_net_input_gradient(net, NULL, work, 1, &x, NULL, &dydx);
    crease_work_free(work);
    return dydx;
}

/* The polyline through the listed kinks, with the listed outer slopes, is the network: nothing is missing,
 * and values and slopes are right. */
static void check_polyline(const crease_net *net, const char *spec, gsl_rng *rng, uint64_t seed) {
    crease_kink *kinks;
    crease_pwl *pwl;
    size_t count = kinks_of(net, &kinks);
    ck_assert_int_eq(crease_pwl_new(&pwl, count, NULL), CREASE_OK);
    double low = count ? kinks[0].x - 3 : -5, high = count ? kinks[count - 1].x + 3 : 5, size = 1;
    for (size_t i = 0; i < count; i++) {
        pwl->x[i] = kinks[i].x;
        pwl->y[i] = value(net, kinks[i].x);
        ck_assert_msg(i == 0 || fabs(kinks[i].slope_left - kinks[i - 1].slope_right) < 1e-9,
                      "seed %lu, %s: slopes of a piece differ at its ends", (unsigned long)seed, spec);
        double before = i ? kinks[i - 1].x : low, after = i + 1 < count ? kinks[i + 1].x : high;
        size = fmax(size, fmax(fabs(kinks[i].slope_left), fabs(kinks[i].slope_right)));
        if (fmin(kinks[i].x - before, after - kinks[i].x) < 1e-6)
            continue; /* too narrow for a difference of values */
        double left =
            (value(net, kinks[i].x) - value(net, (before + kinks[i].x) / 2)) / ((kinks[i].x - before) / 2);
        double right =
            (value(net, (kinks[i].x + after) / 2) - value(net, kinks[i].x)) / ((after - kinks[i].x) / 2);
        ck_assert_msg(fabs(left - kinks[i].slope_left) < 1e-7 * size &&
                          fabs(right - kinks[i].slope_right) < 1e-7 * size,
                      "seed %lu, %s: slopes %g, %g at %g, not %g, %g", (unsigned long)seed, spec, left, right,
                      kinks[i].x, kinks[i].slope_left, kinks[i].slope_right);
    }
    pwl->slope_left = count ? kinks[0].slope_left : slope(net, 0);
    pwl->slope_right = count ? kinks[count - 1].slope_right : pwl->slope_left;
    pwl->value_at_zero = value(net, 0);
    for (int i = 0; i < 400; i++) {
        double x = low + (high - low) * (1.5 * gsl_rng_uniform(rng) - .25);
        double expected = crease_pwl_evaluate(pwl, x), y = value(net, x);
        ck_assert_msg(fabs(y - expected) <= 1e-9 * (size * (1 + fabs(x - low)) + fabs(y)),
                      "seed %lu, %s: the net is %.15g at %.15g, its polyline %.15g", (unsigned long)seed,
                      spec, y, x, expected);
    }
    crease_pwl_free(pwl);
    free(kinks);
}

START_TEST(kinks_of_piecewise_linear_nets_make_their_polyline) {
    static const char *const specs[] = {
        "affine",
        "relu:1",
        "affine+relu:3",
        "relu:8",
        "leaky(.3):4",
        "prelu:3",
        "identity:2+relu:3",
        "affine+relu:2+leaky:2+prelu:2",
        "relu:4/relu:4",
        "relu:3/prelu:3+identity:1",
        "affine+leaky:3/relu:5",
        "relu:4/relu:4/relu:4",
        "prelu:3/leaky(.5):3/relu:3",
    };
    for (uint64_t seed = 1; seed <= test_rounds(12, 300); seed++)
        for (size_t i = 0; i < sizeof specs / sizeof specs[0]; i++) {
            gsl_rng *rng = crease_random_new(seed, i);
            crease_net *net = random_net(specs[i], rng);
            check_polyline(net, specs[i], rng, seed);
            crease_net_free(net);
            gsl_rng_free(rng);
        }
}
END_TEST

/* Smooth units beside: the slope moves from grid point to grid point by less than a bound of |f''| h unless a
 * kink lies between, and its limits at a kink are those listed. */
START_TEST(kinks_beside_smooth_units_are_the_jumps_of_the_slope) {
    static const char *const specs[] = {"tanh:2+relu:2", "affine+gelu:1+leaky:3", "sigmoid:3+prelu:2+relu:1",
                                        "silu:4"};
    for (uint64_t seed = 1; seed <= test_rounds(10, 200); seed++)
        for (size_t i = 0; i < 4; i++) {
            gsl_rng *rng = crease_random_new(seed, 50 + i);
            crease_net *net = random_net(specs[i], rng);
            crease_kink *kinks;
            size_t count = kinks_of(net, &kinks), next = 0;
            for (size_t k = 0; k < count; k++) {
                double step = 1e-7 * (1 + fabs(kinks[k].x)), size = 1 + fabs(kinks[k].slope_left);
                bool alone = (k == 0 || kinks[k].x - kinks[k - 1].x > 2 * step) &&
                             (k + 1 == count || kinks[k + 1].x - kinks[k].x > 2 * step);
                ck_assert_msg(!alone ||
                                  (fabs(slope(net, kinks[k].x - step) - kinks[k].slope_left) < 1e-4 * size &&
                                   fabs(slope(net, kinks[k].x + step) - kinks[k].slope_right) < 1e-4 * size),
                              "seed %lu, %s: slopes at %g", (unsigned long)seed, specs[i], kinks[k].x);
            }
            enum { steps = 2000 };
            const double low = net->input_shift[0] - 20, h = 40. / steps;
            double before = slope(net, low), curvature = 0;
            for (size_t u = 0; u < net->layer[0].width; u++) { /* no |phi''| here exceeds 1 */
                double weight = net->theta[net->layer[0].weights + u] / net->input_scale[0];
                curvature +=
                    fabs(net->output_scale[0] * net->theta[net->output_weights + u]) * weight * weight;
            }
            for (int s = 1; s <= steps; s++) {
                double x = low + s * h, here = slope(net, x);
                bool kink = false;
                for (; next < count && kinks[next].x <= x; next++)
                    kink = kink || kinks[next].x > x - h;
                ck_assert_msg(kink || fabs(here - before) <= curvature * h + 1e-12,
                              "seed %lu, %s: an unlisted kink near %g", (unsigned long)seed, specs[i], x);
                before = here;
            }
            free(kinks);
            crease_net_free(net);
            gsl_rng_free(rng);
        }
}
END_TEST

/* theta of a relu layer: w..., b..., out..., output bias */
static void check_kinks(const char *spec, const double *theta, size_t parameters, const crease_kink *expected,
                        size_t expected_count) {
    crease_net *net = parse(spec);
    ck_assert_uint_eq(net->parameter_count, parameters);
    memcpy(net->theta, theta, parameters * sizeof *theta);
    crease_kink *kinks;
    size_t count = kinks_of(net, &kinks);
    ck_assert_msg(count == expected_count, "%s: %zu kinks, not %zu (first at %.17g, slopes %.17g, %.17g)",
                  spec, count, expected_count, count ? kinks[0].x : NAN, count ? kinks[0].slope_left : NAN,
                  count ? kinks[0].slope_right : NAN);
    for (size_t i = 0; i < count; i++) {
        ck_assert_double_eq_tol(kinks[i].x, expected[i].x, 1e-14);
        ck_assert_msg(kinks[i].slope_left == expected[i].slope_left ||
                          fabs(kinks[i].slope_left - expected[i].slope_left) < 1e-8,
                      "%s: %g", spec, kinks[i].slope_left);
        ck_assert_msg(kinks[i].slope_right == expected[i].slope_right ||
                          fabs(kinks[i].slope_right - expected[i].slope_right) < 1e-8,
                      "%s: %g", spec, kinks[i].slope_right);
    }
    free(kinks);
    crease_net_free(net);
}
#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define CHECK(spec, theta, ...)                                                                              \
    check_kinks(spec, theta, COUNT(theta), (crease_kink[]){__VA_ARGS__},                                     \
                COUNT(((crease_kink[]){__VA_ARGS__})))
#define CHECK_NONE(spec, theta) check_kinks(spec, theta, COUNT(theta), NULL, 0)

START_TEST(corners_at_one_place_are_one_kink) {
    const double same[] = {1, 3, -.7, -2.1, 5, 1, 0}; /* both at .7 */
    CHECK("relu:2", same, {.7, 0, 8, NAN});
    const double facing[] = {1, -3, -.7, 2.1, 5, 1, 0};
    CHECK("relu:2", facing, {.7, -3, 5, NAN});
    const double beside_tanh[] = {1, 3, 0, -.7, -2.1, 0, 5, 1, 0, 0};
    CHECK("relu:2+tanh:1", beside_tanh, {.7, 0, 8, NAN});
    const double deep[] = {1, -.7, 1, 3, 0, 0, 1, 1, 0}; /* relu(relu) twice: the same corner again */
    CHECK("relu:1/relu:2", deep, {.7, 0, 4, NAN});
}
END_TEST

START_TEST(corners_that_cancel_are_no_kink) {
    const double opposite[] = {1, 3, -.7, -2.1, 3, -1, 0};
    CHECK_NONE("relu:2", opposite);
    const double absolute[] = {1, -1, -.7, .7, 5, -5, 0}; /* relu(z) - relu(-z) = z */
    CHECK_NONE("relu:2", absolute);
    const double beside_tanh[] = {1, 3, 1, -.7, -2.1, 0, 3, -1, 1, 0};
    CHECK_NONE("relu:2+tanh:1", beside_tanh);
    /* large weights that cancel leave rounding behind, which is no kink; the one at 2 is */
    const double large[] = {1, 1, 1, -.7, -.7, -2, 1234567.8, -1234567.8, 1, 0};
    CHECK("relu:3", large, {2, 0, 1, NAN});
    const double large_beside[] = {1, 1, 1, 0, -.7, -.7, -2, 0, 1234567.8, -1234567.8, 1, 0, 0, .3};
    CHECK("affine+relu:3+tanh:1", large_beside, {2, .3, 1.3, NAN});
    /* three that cancel in decimals but not in binary */
    const double decimals[] = {1, 1, 1, -.7, -.7, -.7, .1, .2, -.3, 0};
    CHECK_NONE("relu:3", decimals);
}
END_TEST

START_TEST(units_without_a_corner_add_no_kink) {
    const double zero_weight[] = {0, 1, 2, -.7, 5, 1, 0};
    CHECK("relu:2", zero_weight, {.7, 0, 1, NAN});
    const double zero_unit[] = {0, 1, 0, -.7, 5, 1, 0};
    CHECK("relu:2", zero_unit, {.7, 0, 1, NAN});
    const double no_output[] = {1, 1, -3, -.7, 0, 1, 0};
    CHECK("relu:2", no_output, {.7, 0, 1, NAN});
    const double zero_beside_tanh[] = {0, 1, 1, 0, -.7, 0, 5, 1, 0, 0};
    CHECK("relu:2+tanh:1", zero_beside_tanh, {.7, 0, 1, NAN});
    const double straight_prelu[] = {1, -.7, 1, 3, 0}; /* slope 1 below as above */
    CHECK_NONE("prelu:1", straight_prelu);
    const double identity[] = {1, -.7, 3, 0};
    CHECK_NONE("identity:1", identity);
}
END_TEST

START_TEST(hinge_powers) {
    const double theta[] = {2, -1, 3, 0};
    CHECK_NONE("relu^1.5:1", theta);
    CHECK_NONE("relu^2:1", theta);
    CHECK("relu^.5:1", theta, {.5, 0, INFINITY, NAN});
    const double left[] = {-2, 1, 3, 0};
    CHECK("relu^.5:1", left, {.5, -INFINITY, 0, NAN});
    const double mixed[] = {2, 1, -1, -4,
                            3, 1, 0}; /* a smooth hinge and a corner at 4: 2.25 * 2 * sqrt(7) * 2 */
    CHECK("relu^1.5:1+relu:1", mixed, {4, 9 * sqrt(7), 9 * sqrt(7) + 1, NAN});
}
END_TEST

START_TEST(kinks_are_in_raw_units) {
    crease_net *net = parse("relu:1");
    const double theta[] = {2, -3, 5, 1};
    memcpy(net->theta, theta, sizeof theta);
    net->input_shift[0] = 100;
    net->input_scale[0] = 8;
    net->output_scale[0] = 7;
    net->output_shift[0] = -1;
    crease_kink *kinks;
    ck_assert_uint_eq(kinks_of(net, &kinks), 1);
    ck_assert_double_eq_tol(kinks[0].x, 112, 1e-12);
    ck_assert(kinks[0].slope_left == 0);
    ck_assert_double_eq_tol(kinks[0].slope_right, 10 * 7 / 8., 1e-13);
    free(kinks);
    crease_net_free(net);
}
END_TEST

START_TEST(other_shapes_are_refused) {
    static const struct {
        const char *spec;
        size_t inputs, outputs;
    } table[] = {{"relu:2", 2, 1}, {"relu:2", 1, 2}, {"relu:2/tanh:2", 1, 1}, {"gelu:2/relu:2", 1, 1}};
    for (size_t i = 0; i < COUNT(table); i++) {
        crease_net *net;
        crease_error error = {0};
        crease_kink *kinks = (crease_kink *)&net;
        size_t count = 7;
        ck_assert_int_eq(crease_net_parse(table[i].spec, table[i].inputs, table[i].outputs, &net, NULL),
                         CREASE_OK);
        ck_assert_int_eq(crease_net_kinks(net, &kinks, &count, &error), CREASE_BAD_ARGUMENT);
        ck_assert(kinks == NULL && count == 0 && error.message[0]);
        crease_net_free(net);
    }
}
END_TEST

START_TEST(evaluation_of_a_polyline) {
    crease_pwl *pwl;
    ck_assert_int_eq(crease_pwl_new(&pwl, 3, NULL), CREASE_OK);
    const double x[] = {-1, 2, 4}, y[] = {5, -1, 3};
    memcpy(pwl->x, x, sizeof x);
    memcpy(pwl->y, y, sizeof y);
    pwl->slope_left = -10;
    pwl->slope_right = .5;
    static const double expected[][2] = {{-2, 15}, {-1, 5}, {0, 3}, {1, 1},          {2, -1},
                                         {3, 1},   {4, 3},  {6, 4}, {-1e300, 1e301}, {1e300, 5e299}};
    for (size_t i = 0; i < COUNT(expected); i++)
        ck_assert_double_eq_tol(crease_pwl_evaluate(pwl, expected[i][0]), expected[i][1],
                                1e-14 * fabs(expected[i][1]));
    crease_pwl_free(pwl);
    ck_assert_int_eq(crease_pwl_new(&pwl, 0, NULL), CREASE_OK);
    pwl->value_at_zero = 3;
    pwl->slope_left = pwl->slope_right = -2;
    ck_assert(crease_pwl_evaluate(pwl, 5) == -7 && crease_pwl_evaluate(pwl, -5) == 13);
    crease_pwl_free(pwl);
    crease_pwl_free(NULL);
}
END_TEST

START_TEST(impossible_sizes_are_refused) {
    crease_pwl *pwl = (crease_pwl *)&pwl;
    crease_error error = {0};
    ck_assert_int_eq(crease_pwl_new(&pwl, SIZE_MAX / 4, &error), CREASE_NO_MEMORY);
    ck_assert_ptr_null(pwl);
    ck_assert(error.message[0]);
}
END_TEST

Suite *test_pwl(void) {
    Suite *suite = suite_create("pwl");
    TCase *tests = tcase_create("kinks"), *pwl = tcase_create("polyline");
    tcase_add_test(tests, kinks_of_piecewise_linear_nets_make_their_polyline);
    tcase_add_test(tests, kinks_beside_smooth_units_are_the_jumps_of_the_slope);
    tcase_add_test(tests, corners_at_one_place_are_one_kink);
    tcase_add_test(tests, corners_that_cancel_are_no_kink);
    tcase_add_test(tests, units_without_a_corner_add_no_kink);
    tcase_add_test(tests, hinge_powers);
    tcase_add_test(tests, kinks_are_in_raw_units);
    tcase_add_test(tests, other_shapes_are_refused);
    tcase_add_test(pwl, evaluation_of_a_polyline);
    tcase_add_test(pwl, impossible_sizes_are_refused);
    suite_add_tcase(suite, tests);
    suite_add_tcase(suite, pwl);
    return suite;
}
