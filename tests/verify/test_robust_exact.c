/* Verified balls in Linf are boxes, which another program searches region by region in rationals. */
#include "crease/crease.h"
#include "support/exact_net.h"
#include "support/pieces.h"
#include "support/random_net.h"
#include "support/suites.h"
#include <math.h>
#include <stdlib.h>

/* Whether the box x +- radius holds a violation: of the class, or moves by T or more. Constants are rounded so that each
 * that is found is one. */
static bool box_violates(exact_net *exact, const crease_net *net, const double *x, double radius,
                         const crease_robust_result *result, double tolerance) {
    size_t d = net->inputs, m = net->outputs;
    double lower[3], upper[3], row[6] = {0}, constant;
    crease_specification *specification;
    mpq_t *where = calloc(d, sizeof *where);
    ck_assert_ptr_nonnull(where);
    for (size_t j = 0; j < d; j++) {
        lower[j] = nextafter(x[j] - radius, INFINITY);
        upper[j] = nextafter(x[j] + radius, -INFINITY);
        if (lower[j] > upper[j])
            lower[j] = upper[j] = x[j];
        mpq_init(where[j]);
    }
    ck_assert_int_eq(crease_specification_box(d, m, lower, upper, &specification, NULL), CREASE_OK);
    for (size_t k = 0; k < m; k++)
        for (int side = -1; side <= 1; side += 2) {
            for (size_t i = 0; i < d + m; i++)
                row[i] = 0;
            if (tolerance == 0 && (side < 0 || k == result->largest))
                continue;
            row[d + k] = tolerance > 0 ? side : -1;
            if (tolerance == 0)
                row[d + result->largest] = 1;
            constant = tolerance > 0 ? tolerance - side * result->output[k] : 0;
            if (tolerance > 0)
                constant += 4e-16 * (fabs(tolerance) + fabs(result->output[k]));
            ck_assert_int_eq(crease_specification_add(specification, 0, 1, row, &constant, NULL), CREASE_OK);
        }
    bool violated = exact_violated(exact, specification, where);
    for (size_t j = 0; j < d; j++)
        mpq_clear(where[j]);
    free(where);
    crease_specification_free(specification);
    return violated;
}

static bool moderate(const crease_net *net) { /* the other numbers have tests of their own */
    for (size_t i = 0; i < net->parameter_count; i++)
        if (fabs(net->theta[i]) > 1e6)
            return false;
    return true;
}

START_TEST(balls_in_linf_hold_no_violation) {
    gsl_rng *random = crease_random_new(81, 0);
    random_net_limits limits = {.inputs = 3, .outputs = 2, .depth = 2, .width = 5};
    size_t certified = 0, all = 0, met = 0;
    for (size_t trial = 0; trial < test_rounds(120, 2000); trial++) {
        crease_net *net = random_net(random, &limits);
        exact_net *exact = exact_net_new(net);
        double x[3], tolerance = net->outputs < 2 || trial % 3 ? 0.25 + gsl_rng_uniform(random) : 0;
        for (size_t j = 0; j < net->inputs; j++)
            x[j] = random_number(random, (int)(trial % 3));
        crease_number *at = pieces_numbers(net->inputs, x);
        crease_robust_options options = {.tolerance = tolerance, .node_limit = 500};
        crease_robust_result result = {0};
        crease_error error;
        if (moderate(net)) {
            ck_assert_msg(crease_robust(net, at, &options, &result, &error) == CREASE_OK, "%s",
                          error.message);
            const crease_ball *ball = &result.ball[CREASE_LINF];
            double inside = fmin(ball->radius, 1e6) * (1 - 1e-13);
            ck_assert_msg(inside == 0 || !box_violates(exact, net, x, inside, &result, tolerance),
                          "trial %zu: the ball of radius %.17g holds a violation", trial, ball->radius);
            if (ball->found && ball->certified && ball->distance > 0) {
                met++;
                ck_assert_msg(
                    box_violates(exact, net, x, ball->distance * (1 + 1e-9) + 1e-12, &result, tolerance),
                    "trial %zu: the box of the witness, %.17g, holds no violation", trial, ball->distance);
            }
            certified += ball->certified || ball->radius > 1e6;
            all++;
        }
        crease_robust_result_clear(&result);
        pieces_numbers_free(at, net->inputs);
        exact_net_free(exact);
        crease_net_free(net);
    }
    ck_assert_uint_gt(met, all / 3);
    ck_assert_msg(certified >= all * 95 / 100, "only %zu of %zu certified", certified, all);
    gsl_rng_free(random);
}
END_TEST

Suite *test_robust_exact(void);
Suite *test_robust_exact(void) {
    Suite *suite = suite_create("robust_exact");
    TCase *tcase = tcase_create("robust_exact");
    tcase_add_test(tcase, balls_in_linf_hold_no_violation);
    suite_add_tcase(suite, tcase);
    return suite;
}
