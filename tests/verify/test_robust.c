/* Robustness: nets worked out by hand, dense samples, and distances to boxes and half-spaces by brute force. */
#include "crease/crease.h"
#include "regions/rational.h"
#include "support/pieces.h"
#include "support/suites.h"
#include "verify/ball.h"
#include "verify/reach.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static crease_robust_result robust_at(const crease_net *net, const double *x,
                                      const crease_robust_options *options) {
    crease_number *at = pieces_numbers(net->inputs, x);
    crease_robust_result result;
    crease_error error;
    crease_status status = crease_robust(net, at, options, &result, &error);
    pieces_numbers_free(at, net->inputs);
    ck_assert_msg(status == CREASE_OK, "%s", error.message);
    return result;
}

static void check_three(const double value[3], double l1, double l2, double linf, double tolerance) {
    ck_assert_double_eq_tol(value[CREASE_L1], l1, tolerance);
    ck_assert_double_eq_tol(value[CREASE_L2], l2, tolerance);
    ck_assert_double_eq_tol(value[CREASE_LINF], linf, tolerance);
}

static void radii_of(const crease_robust_result *result, double radius[3]) {
    for (size_t n = 0; n < 3; n++) {
        const crease_ball *ball = &result->ball[n];
        ck_assert(ball->certified && ball->found);
        ck_assert(ball->radius <= ball->distance && ball->distance <= ball->radius * (1 + 1.1e-6) + 1e-300);
        radius[n] = ball->radius;
    }
}

/* ---- by hand ---- */

START_TEST(one_hinge) {
    /* y = max(0, 3 a + 4 b - 5) at (3, 1): z = 8, gain (3, 4). The face is 8 / 4, 8 / 5, 8 / 7 away; y falls by 4 at half of
     * that and rises by 4 there too. */
    crease_net *net = pieces_net("relu:1", 2, 1, (double[]){3, 4, -5, 1, 0});
    crease_robust_result result = robust_at(net, (double[]){3, 1}, &(crease_robust_options){.tolerance = 4});
    double radius[3];
    ck_assert_double_eq(result.output[0], 8);
    ck_assert_double_eq(result.gain[0], 3);
    ck_assert_double_eq(result.gain[1], 4);
    ck_assert_double_eq(result.offset[0], -5);
    ck_assert(result.has_cell && !result.on_face && result.face_layer == 0 && result.face_unit == 0);
    check_three(result.cell_radius, 2, 8. / 5, 8. / 7, 1e-15);
    check_three(result.local_lipschitz, 4, 5, 7, 1e-15);
    check_three(result.global_bound, 4, 5, 7, 1e-6);
    check_three(result.radius_global, 1, 4. / 5, 4. / 7, 1e-6);
    check_three(result.radius_cell, 1, 4. / 5, 4. / 7, 1e-13);
    for (size_t n = 0; n < 3; n++)
        ck_assert(result.cell_is_exact[n]);
    radii_of(&result, radius);
    check_three(radius, 1, 4. / 5, 4. / 7, 1e-12);
    crease_robust_result_clear(&result);

    /* T = 9: y cannot fall by more than 8, so only the rise counts: 9 / 4, 9 / 5, 9 / 7, beyond the cell */
    result = robust_at(net, (double[]){3, 1}, &(crease_robust_options){.tolerance = 9});
    check_three(result.radius_cell, 2, 8. / 5, 8. / 7, 1e-13);
    for (size_t n = 0; n < 3; n++)
        ck_assert(!result.cell_is_exact[n]);
    radii_of(&result, radius);
    check_three(radius, 9. / 4, 9. / 5, 9. / 7, 4e-6);
    crease_robust_result_clear(&result);

    /* at (-1, 0), z = -8: flat here, y = 2 where z = 2 */
    result = robust_at(net, (double[]){-1, 0}, &(crease_robust_options){.tolerance = 2});
    check_three(result.local_lipschitz, 0, 0, 0, 1e-300);
    check_three(result.radius_cell, 2, 8. / 5, 8. / 7, 1e-13);
    radii_of(&result, radius);
    check_three(radius, 10. / 4, 10. / 5, 10. / 7, 5e-6);
    crease_robust_result_clear(&result);
    crease_net_free(net);
}
END_TEST

START_TEST(a_point_on_a_face) {
    crease_net *net =
        pieces_net("relu:2", 1, 1, (double[]){1, -1, 0, 0, 1, 3, 0}); /* x above 0, -3 x below */
    crease_robust_result result = robust_at(net, (double[]){0}, &(crease_robust_options){.tolerance = 1});
    double radius[3];
    ck_assert(result.on_face);
    check_three(result.cell_radius, 0, 0, 0, 1e-300);
    check_three(result.radius_cell, 0, 0, 0, 1e-300);
    radii_of(&result, radius);
    check_three(radius, 1. / 3, 1. / 3, 1. / 3, 1e-6);
    ck_assert_double_lt(result.ball[0].witness[0], 0);
    crease_robust_result_clear(&result);
    crease_net_free(net);
}
END_TEST

START_TEST(a_corner_of_the_safe_set) {
    /* y = max(0, a) + max(0, b) at (-1, -2), T = 1: the nearest of a = 1, b = 1 and a + b = 1 (a, b > 0) */
    crease_net *net = pieces_net("relu:2", 2, 1, (double[]){1, 0, 0, 1, 0, 0, 1, 1, 0});
    crease_robust_result result =
        robust_at(net, (double[]){-1, -2}, &(crease_robust_options){.tolerance = 1});
    double radius[3];
    radii_of(&result, radius);
    check_three(radius, 2, 2, 2, 4e-6);
    crease_robust_result_clear(&result);
    /* at (-1, -1): L2 along the axis 2, Linf 1.5 at (.5, .5) */
    result = robust_at(net, (double[]){-1, -1}, &(crease_robust_options){.tolerance = 1});
    radii_of(&result, radius);
    check_three(radius, 2, 2, 1.5, 4e-6);
    crease_robust_result_clear(&result);
    crease_net_free(net);
}
END_TEST

START_TEST(classes) {
    /* y1 = a, y2 = max(0, b), y3 = -9: at (1, 0) the first is largest until a = max(0, b), or a = -9 */
    crease_net *net =
        pieces_net("identity:1+relu:1", 2, 3, (double[]){1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, -9});
    crease_robust_result result = robust_at(net, (double[]){1, -0.25}, &(crease_robust_options){0});
    double radius[3];
    ck_assert_uint_eq(result.largest, 0);
    check_three(result.cell_radius, .25, .25, .25, 1e-15);
    radii_of(&result, radius);
    /* a = 0 at 1; a = b > 0: (1 + .25) / 2 in Linf, 1.25 / sqrt 2 in L2, 1.25 in L1 */
    check_three(radius, 1, 1.25 / M_SQRT2, 0.625, 4e-6);
    crease_robust_result_clear(&result);
    net->theta[net->output_biases] = -1; /* a tie at a = 1 */
    result = robust_at(net, (double[]){1, -0.25}, &(crease_robust_options){0});
    for (size_t n = 0; n < 3; n++) {
        ck_assert_double_eq(result.ball[n].radius, 0);
        ck_assert(result.ball[n].found && result.ball[n].distance < 1e-12);
    }
    crease_robust_result_clear(&result);
    crease_net_free(net);
}
END_TEST

START_TEST(a_box_and_no_witness) {
    crease_net *net = pieces_net("relu:1", 2, 1, (double[]){3, 4, -5, 1, 0});
    const double low[2] = {2, 0}, high[2] = {4, 1.5};
    crease_number *lower = pieces_numbers(2, low), *upper = pieces_numbers(2, high);
    crease_robust_options options = {.tolerance = 4, .lower = lower, .upper = upper};
    crease_robust_result result = robust_at(net, (double[]){3, 1}, &options);
    double radius
        [3]; /* down by 4: (3, 0) in L1, (2.4, .36..) .. as without the box; up is cut off at (4, 1.5): +5 */
    radii_of(&result, radius);
    check_three(radius, 1, 4. / 5, 4. / 7, 1e-6);
    crease_robust_result_clear(&result);
    options.tolerance = 8; /* y lies in [1, 13] there, 8 at the point */
    result = robust_at(net, (double[]){3, 1}, &options);
    for (size_t n = 0; n < 3; n++) {
        ck_assert(result.ball[n].everywhere && result.ball[n].certified && !result.ball[n].found);
        ck_assert(isinf(result.ball[n].radius));
    }
    crease_robust_result_clear(&result);
    crease_number *at = pieces_numbers(2, (double[]){5, 1});
    crease_error error;
    ck_assert_int_eq(crease_robust(net, at, &options, &result, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "outside the box"));
    crease_robust_result_clear(&result);
    options = (crease_robust_options){0};
    ck_assert_int_eq(crease_robust(net, at, &options, &result, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "several outputs"));
    crease_robust_result_clear(&result);
    pieces_numbers_free(at, 2);
    pieces_numbers_free(lower, 2);
    pieces_numbers_free(upper, 2);
    crease_net_free(net);
    net = pieces_net("relu:1", 2, 1, (double[]){0, 0, -5, 1, 3}); /* constant */
    result = robust_at(net, (double[]){3, 1}, &(crease_robust_options){.tolerance = 1});
    for (size_t n = 0; n < 3; n++) {
        ck_assert(isinf(result.cell_radius[n]) && isinf(result.radius_cell[n]));
        ck_assert(!result.ball[n].found && result.ball[n].radius > 1e6);
        ck_assert_str_eq(result.ball[n].why, "no witness within reach");
    }
    crease_robust_result_clear(&result);
    crease_net_free(net);
}
END_TEST

/* ---- random nets ---- */

static bool broken(const crease_net *net, const double *x, const crease_robust_result *result,
                   double tolerance) {
    double y[4];
    pieces_evaluate(net, x, y);
    for (size_t k = 0; k < net->outputs; k++)
        if (tolerance > 0 ? fabs(y[k] - result->output[k]) >= tolerance * (1 + 1e-12)
                          : y[k] > y[result->largest] + 1e-12)
            return true;
    return false;
}

/* No sample inside the ball violates; the witness does. */
static void check_ball(gsl_rng *random, const crease_net *net, const double *at,
                       const crease_robust_result *result, double tolerance, crease_norm norm, size_t trial) {
    const crease_ball *ball = &result->ball[norm];
    double x[4], step[4];
    size_t d = net->inputs;
    for (size_t i = 0; i < 300; i++) {
        for (size_t j = 0; j < d; j++)
            step[j] = i < 2 * d                      ? (j == i / 2 ? (i % 2 ? 1 : -1) : 0)
                      : norm == CREASE_LINF && i % 2 ? (gsl_rng_uniform(random) < 0.5 ? -1 : 1)
                                                     : gsl_ran_gaussian(random, 1);
        double length = crease_ball_norm(norm, d, step), share = i % 3 ? 0.9999999 : gsl_rng_uniform(random);
        for (size_t j = 0; j < d; j++)
            x[j] = at[j] + step[j] / length * share * ball->radius;
        ck_assert_msg(!broken(net, x, result, tolerance), "trial %zu: %s radius %.17g holds a violation",
                      trial, crease_norm_name(norm), ball->radius);
    }
    if (!ball->found)
        return;
    double y[4];
    bool violates = false;
    pieces_evaluate(net, ball->witness, y);
    for (size_t k = 0; k < net->outputs; k++)
        violates = violates || (tolerance > 0 ? fabs(y[k] - result->output[k]) >= tolerance * (1 - 1e-9)
                                              : k != result->largest && y[k] >= y[result->largest] - 1e-9);
    ck_assert_msg(violates, "trial %zu: the witness of %s is none", trial, crease_norm_name(norm));
    for (size_t j = 0; j < d; j++)
        step[j] = ball->witness[j] - at[j];
    ck_assert_double_le(crease_ball_norm(norm, d, step), ball->distance * (1 + 1e-14));
    ck_assert_double_ge(crease_ball_norm(norm, d, step), ball->radius * (1 - 1e-14));
}

START_TEST(no_sample_inside_a_ball_violates) {
    static const char *const specs[] = {"relu:8", "relu:6/relu:5", "leaky(.2):6/prelu:4",
                                        "affine+relu:5/relu:4"};
    gsl_rng *random = crease_random_new(71, 0);
    size_t certified = 0, all = 0;
    for (size_t trial = 0; trial < test_rounds(20, 200); trial++) {
        size_t d = 1 + trial % 3;
        crease_net *net = pieces_random(random, specs[trial % 4], d, 3);
        double at[3], tolerance = trial % 5 ? gsl_ran_flat(random, 0.05, 1) : 0;
        if (trial % 2)
            pieces_scale(random, net);
        for (size_t j = 0; j < d; j++)
            at[j] = gsl_ran_flat(random, -1, 1);
        crease_robust_options options = {.tolerance = tolerance, .node_limit = 3000};
        crease_robust_result result = robust_at(net, at, &options);
        for (size_t n = 0; n < 3; n++) {
            const crease_ball *ball = &result.ball[n];
            ck_assert(result.global_bound[n] >= result.local_lipschitz[n] * (1 - 1e-12));
            ck_assert(ball->radius >= result.radius_cell[n] * (1 - 1e-12));
            ck_assert(ball->radius >= result.radius_global[n] * (1 - 1e-12));
            if (result.cell_is_exact[n])
                ck_assert_double_eq_tol(ball->radius, result.radius_cell[n], 1e-6 * ball->radius);
            if (isfinite(ball->radius) && ball->radius < 1e6)
                check_ball(random, net, at, &result, tolerance, (crease_norm)n, trial);
            certified += ball->certified;
            all++;
        }
        ck_assert_double_ge(result.ball[CREASE_L1].radius, result.ball[CREASE_L2].radius * (1 - 1e-6));
        ck_assert_double_ge(result.ball[CREASE_L2].radius, result.ball[CREASE_LINF].radius * (1 - 1e-6));
        crease_robust_result_clear(&result);
        crease_net_free(net);
    }
    ck_assert_msg(certified >= all * 9 / 10, "only %zu of %zu certified", certified, all);
    gsl_rng_free(random);
}
END_TEST

/* With one input all norms agree with the knots of the polyline: the nearest place where |y - y0| = T. */
START_TEST(in_one_dimension_as_the_polyline_says) {
    gsl_rng *random = crease_random_new(72, 0);
    for (size_t trial = 0; trial < test_rounds(30, 300); trial++) {
        crease_net *net = pieces_random(random, trial % 2 ? "relu:6" : "relu:4/relu:4", 1, 1);
        crease_pwl *pwl;
        ck_assert_int_eq(crease_pwl_from_net(net, &pwl, NULL), CREASE_OK);
        double at = gsl_ran_flat(random, -2, 2), tolerance = gsl_ran_flat(random, 0.1, 2), y0,
               nearest = INFINITY;
        pieces_evaluate(net, &at, &y0);
        for (int side = -1; side <= 1; side += 2) { /* piece by piece, away from the point */
            double x = at;
            for (size_t i = 0; i <= pwl->knot_count; i++) {
                double next = side * HUGE_VAL; /* the next knot on this side */
                for (size_t k = 0; k < pwl->knot_count; k++)
                    if (side * (pwl->x[k] - x) > 0 && side * (pwl->x[k] - next) < 0)
                        next = pwl->x[k];
                double y = crease_pwl_evaluate(pwl, x);
                double probe = isfinite(next) ? x + (next - x) / 2 : x + side;
                double slope = (crease_pwl_evaluate(pwl, probe) - y) / (probe - x);
                for (int up = -1; up <= 1; up += 2) {
                    double step = (y0 + up * tolerance - y) / slope; /* where it meets the level */
                    if (isfinite(step) && side * step >= 0 && side * (x + step - next) <= 0)
                        nearest = fmin(nearest, fabs(x + step - at));
                }
                if (!isfinite(next))
                    break;
                x = next;
            }
        }
        crease_robust_result result = robust_at(net, &at, &(crease_robust_options){.tolerance = tolerance});
        for (size_t n = 0; n < 3; n++) {
            const crease_ball *ball = &result.ball[n];
            ck_assert_msg(isinf(nearest) ? !ball->found : fabs(ball->radius - nearest) <= 2e-6 * nearest,
                          "trial %zu %s: %.17g, not %.17g", trial, crease_norm_name((crease_norm)n),
                          ball->radius, nearest);
        }
        crease_robust_result_clear(&result);
        crease_pwl_free(pwl);
        crease_net_free(net);
    }
    gsl_rng_free(random);
}
END_TEST

START_TEST(smooth_nets_have_sound_balls) {
    crease_net *net = pieces_net("tanh:1", 2, 1, (double[]){1, 2, 0, 1, 0}); /* tanh(a + 2 b) at 0 */
    crease_robust_result result =
        robust_at(net, (double[]){0, 0}, &(crease_robust_options){.tolerance = 0.5});
    double radius[3], z = atanh(0.5);
    ck_assert(!result.has_cell);
    ck_assert_double_eq_tol(result.gain[0], 1, 1e-15);
    radii_of(&result, radius);
    check_three(radius, z / 2, z / sqrt(5), z / 3, 1e-5);
    for (size_t n = 0; n < 3; n++) /* from below, and the witness from above */
        ck_assert(result.ball[n].radius <= (n == 0 ? z / 2 : n == 1 ? z / sqrt(5) : z / 3) * (1 + 1e-14));
    crease_robust_result_clear(&result);
    crease_net_free(net);
}
END_TEST

/* ---- parts ---- */

/* Least length of a step in the box with gain . s + value <= 0, on a fine grid in two dimensions. */
START_TEST(reach_is_a_lower_bound_and_near) {
    enum { GRID = 400 };
    gsl_rng *random = crease_random_new(73, 0);
    for (size_t trial = 0; trial < test_rounds(30, 300); trial++) {
        double low[2], high[2], gain[2], step[2], value = gsl_ran_flat(random, -1, 3);
        for (size_t j = 0; j < 2; j++) {
            low[j] = gsl_ran_flat(random, -2, 1);
            high[j] = low[j] + gsl_ran_flat(random, 0, 2);
            gain[j] = trial % 7 == 0 && j ? 0 : gsl_ran_gaussian(random, 1);
        }
        for (size_t n = 0; n < 3; n++) {
            double reach = crease_reach((crease_norm)n, 2, low, high, gain, value, step), best = INFINITY;
            for (size_t i = 0; i <= GRID * (GRID + 1); i++) {
                double s[2] = {low[0] + (high[0] - low[0]) * (double)(i % (GRID + 1)) / GRID,
                               low[1] + (high[1] - low[1]) * (double)(i / (GRID + 1)) / GRID};
                if (gain[0] * s[0] + gain[1] * s[1] + value <= 0)
                    best = fmin(best, crease_ball_norm((crease_norm)n, 2, s));
            }
            ck_assert_msg(reach <= best + 1e-12, "trial %zu %s: %.17g above %.17g", trial,
                          crease_norm_name((crease_norm)n), reach, best);
            if (isinf(best) || isinf(reach))
                continue;
            /* a step of that length is one, up to rounding, so the bound is the distance itself */
            ck_assert_msg(gain[0] * step[0] + gain[1] * step[1] + value <= 1e-9,
                          "trial %zu %s: (%g, %g) on [%g, %g] x [%g, %g], gain %g, %g, value %g", trial,
                          crease_norm_name((crease_norm)n), step[0], step[1], low[0], high[0], low[1],
                          high[1], gain[0], gain[1], value);
            ck_assert_double_eq_tol(crease_ball_norm((crease_norm)n, 2, step), reach, 1e-9 * (1 + reach));
        }
    }
    gsl_rng_free(random);
}
END_TEST

START_TEST(global_bounds_are_those_of_the_layers) {
    /* two layers of one diagonal each: the products of the largest entries; scales count */
    crease_net *net =
        pieces_net("relu:2/leaky(.5):2", 2, 1, (double[]){3, 0, 0, -1, 0, 0, 2, 0, 0, 5, 0, 0, 1, -4, 0});
    double bound[3], w[1] = {1};
    net->input_scale[0] = net->input_scale[1] = 2;
    net->output_scale[0] = 10;
    ck_assert_int_eq(crease_ball_global(net, w, bound, NULL), CREASE_OK);
    check_three(bound, 1.5 * 5 * 40, 1.5 * 5 * 10 * sqrt(17), 1.5 * 5 * 50, 1e-2 * 300);
    ck_assert(bound[0] >= 300 && bound[1] >= 75 * sqrt(17) && bound[2] >= 375);
    ck_assert_double_le(bound[1],
                        75 * sqrt(17) * 1.012); /* 2^(1/128) of the Frobenius norm of two equal values */
    crease_net_free(net);
}
END_TEST

START_TEST(roots_of_quotients) {
    gsl_rng *random = crease_random_new(74, 0);
    mpz_t a, b;
    mpz_inits(a, b, NULL);
    for (size_t trial = 0; trial < 1000; trial++) {
        double p = floor(ldexp(gsl_rng_uniform(random), 1 + (int)(trial % 50))) + 1,
               q = floor(ldexp(gsl_rng_uniform(random), 1 + (int)(trial % 41))) + 1;
        mpz_set_d(a, p);
        mpz_set_d(b, q);
        ck_assert_double_eq_tol(crease_root(a, b), sqrt(p / q), 4e-16 * sqrt(p / q));
        mpz_mul_2exp(a, a, 4000); /* far beyond the doubles' squares */
        mpz_mul_2exp(b, b, 2400);
        ck_assert_double_eq_tol(crease_root(a, b) / ldexp(sqrt(p / q), 800), 1, 1e-15);
    }
    mpz_clears(a, b, NULL);
    gsl_rng_free(random);
}
END_TEST

static bool at_once(void *context) {
    (void)context;
    return true;
}

START_TEST(a_budget_leaves_safe_radii) {
    gsl_rng *random = crease_random_new(75, 0);
    crease_net *net = pieces_random(random, "relu:8/relu:8", 3, 2);
    const double at[3] = {0.1, -0.2, 0.3};
    crease_robust_result full = robust_at(net, at, &(crease_robust_options){.tolerance = 1}), few;
    static const char *const why[] = {"node limit", "timeout", "interrupted"};
    const crease_robust_options budget[] = {{.tolerance = 1, .node_limit = 2},
                                            {.tolerance = 1, .timeout = 1e-9},
                                            {.tolerance = 1, .interrupted = at_once}};
    for (size_t i = 0; i < 3; i++) {
        few = robust_at(net, at, &budget[i]);
        for (size_t n = 0; n < 3; n++) {
            ck_assert(few.ball[n].radius <= full.ball[n].distance &&
                      few.ball[n].radius >= few.radius_cell[n]);
            if (!few.ball[n].certified)
                ck_assert_str_eq(few.ball[n].why, why[i]);
        }
        crease_robust_result_clear(&few);
    }
    crease_robust_result one = robust_at(net, at, &(crease_robust_options){.tolerance = 1, .threads = 1});
    for (size_t n = 0; n < 3; n++) {
        ck_assert_double_eq(one.ball[n].radius, full.ball[n].radius);
        ck_assert_uint_eq(one.ball[n].nodes, full.ball[n].nodes);
    }
    crease_robust_result_clear(&one);
    crease_robust_result_clear(&full);
    crease_net_free(net);
    gsl_rng_free(random);
}
END_TEST

Suite *test_robust(void);
Suite *test_robust(void) {
    Suite *suite = suite_create("robust");
    TCase *tcase = tcase_create("robust");
    tcase_add_test(tcase, one_hinge);
    tcase_add_test(tcase, a_point_on_a_face);
    tcase_add_test(tcase, a_corner_of_the_safe_set);
    tcase_add_test(tcase, classes);
    tcase_add_test(tcase, a_box_and_no_witness);
    tcase_add_test(tcase, no_sample_inside_a_ball_violates);
    tcase_add_test(tcase, in_one_dimension_as_the_polyline_says);
    tcase_add_test(tcase, smooth_nets_have_sound_balls);
    tcase_add_test(tcase, reach_is_a_lower_bound_and_near);
    tcase_add_test(tcase, global_bounds_are_those_of_the_layers);
    tcase_add_test(tcase, roots_of_quotients);
    tcase_add_test(tcase, a_budget_leaves_safe_radii);
    suite_add_tcase(suite, tcase);
    return suite;
}
