/* Optimal knots against brute force over all ways to place them. */
#include "crease/knots.h"
#include "crease/random.h"
#include "support/brute.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 32, KINDS = 10 };

typedef struct sample {
    size_t n;
    double x[MOST], y[MOST], weight[MOST];
    bool weighted;
} sample;

static crease_data data_of(const sample *s) {
    return (crease_data){
        .n = s->n, .inputs = 1, .outputs = 1, .x = s->x, .y = s->y, .weight = s->weighted ? s->weight : NULL};
}

static double planted(double x) {
    return x < .3 ? 2 * x : x < .6 ? .6 - 3 * (x - .3) : -.3 + x - .6;
}

static void draw(gsl_rng *rng, int kind, size_t n, sample *s) {
    *s = (sample){.n = n, .weighted = kind % 2 == 1};
    for (size_t i = 0; i < n; i++) {
        double x = gsl_rng_uniform(rng), noise = gsl_ran_gaussian(rng, 1);
        s->weight[i] = gsl_rng_uniform(rng) + .05;
        switch (kind) {
        case 0:
            s->x[i] = x, s->y[i] = noise;
            break;
        case 1:
            s->x[i] = x, s->y[i] = planted(x) + .05 * noise;
            break;
        case 2:
            s->x[i] = x, s->y[i] = sin(5 * x);
            break;
        case 3:
            s->x[i] = floor(10 * x), s->y[i] = floor(3 * noise);
            break;
        case 4:
            s->x[i] = (double)i, s->y[i] = exp(-.3 * (double)i) + .1 * noise;
            break;
        case 5:
            s->x[i] = 1e6 + x, s->y[i] = 1e6 + noise;
            break;
        case 6:
            s->x[i] = 1e150 * x, s->y[i] = 1e150 * (planted(x) + .2 * noise);
            break;
        case 7:
            s->x[i] = 1e-150 * x, s->y[i] = 1e-150 * (x * x + .1 * noise);
            break;
        case 8:
            s->x[i] = floor(3 * x) + 1e-3 * gsl_rng_uniform(rng), s->y[i] = noise + x;
            break;
        default:
            s->x[i] = x * x * x, s->y[i] = fabs(x - .4) + (i == 2 ? 4 : .1 * noise);
            break;
        }
    }
}

static size_t distinct(const sample *s) {
    size_t count = 0;
    for (size_t i = 0; i < s->n; i++) {
        bool seen = false;
        for (size_t j = 0; j < i; j++)
            seen = seen || s->x[j] == s->x[i];
        count += seen ? 0 : 1;
    }
    return count;
}

static crease_knots_result fit(const crease_data *data, const crease_knots_options *options) {
    crease_knots_result result;
    crease_error error = {0};
    crease_status status = crease_knots_fit(data, options, &result, &error);
    ck_assert_msg(status == CREASE_OK, "%s", error.message);
    return result;
}

/* One case; what it is, goes into messages. */
static void compare(uint64_t seed, int kind, size_t n, size_t k, size_t min_points) {
    gsl_rng *rng = crease_random_new(seed, (uint64_t)kind);
    sample s;
    draw(rng, kind, n, &s);
    gsl_rng_free(rng);
    size_t points = distinct(&s), needed = min_points ? (k + 1) * min_points : k + 2;
    if (points < needed || points < k + 2)
        return;
    crease_data data = data_of(&s);
    double tss, least = brute_knots(&data, k, min_points, &tss);
    crease_knots_options options = {.knots = k, .min_points = min_points ? min_points : CREASE_NO_MINIMUM};
    crease_knots_result r = fit(&data, &options);
    double found = r.rmse / sqrt(r.tss) * r.rmse / sqrt(r.tss) * (r.sse > 0 ? r.sse / (r.rmse * r.rmse) : 0);
    double bound = r.lower_bound / r.tss, slack = 1e-9 * least + 1e-13;
    char what[200];
    snprintf(what, sizeof what, "seed %d kind %d n %zu k %zu min %zu: found %.12g bound %.12g brute %.12g%s",
             (int)seed, kind, n, k, min_points, found, bound, least, r.certified ? " certified" : "");
    slack += min_points < 2 ? 1e-8 * least + 1e-9 : 0;
    ck_assert_msg(fabs(r.tss - tss) <= 1e-9 * tss, "%s tss", what);
    ck_assert_msg(found <= least + slack, "worse than the optimum: %s", what);
    ck_assert_msg(found >= least - slack, "better than the optimum: %s", what);
    ck_assert_msg(bound <= least + slack, "bound above the optimum: %s", what);
    ck_assert_msg(!r.certified || found <= least * (1 + 1e-6) + slack, "certified: %s", what);
    crease_knots_result_clear(&r);
}

START_TEST(test_brute_force) {
    size_t cases = test_cases(3, 400);
    size_t min_points = (size_t)_i;
    for (size_t c = 0; c < cases; c++)
        for (int kind = 0; kind < KINDS; kind++) {
            if (test_leaves_out(c + (size_t)kind))
                continue;
            size_t k = 1 + c % 3, most = k == 3 ? 10 : 14;
            size_t n = 6 + (c * 7 + (size_t)kind) % (most - 5);
            if (n < (k + 1) * min_points)
                n = (k + 1) * min_points + c % 3;
            compare(c, kind, n, k, min_points);
        }
}
END_TEST

/* ---- nothing to fit, or nothing to fit it with ---- */

static crease_knots_result fit_rows(size_t n, const double *x, const double *y, size_t k, size_t min_points) {
    crease_data data = {.n = n, .inputs = 1, .outputs = 1, .x = x, .y = y};
    crease_knots_options options = {.knots = k, .min_points = min_points};
    return fit(&data, &options);
}

static void check_exact(crease_knots_result *r, size_t asked, size_t knots, const char *what) {
    ck_assert_msg(r->sse <= 1e-26 * r->tss || r->sse == 0, "%s: sse %g of %g", what, r->sse, r->tss);
    ck_assert_msg(r->certified, "%s: gap %g", what, r->gap);
    ck_assert_msg(r->lower_bound <= r->sse, "%s: bound %g above %g", what, r->lower_bound, r->sse);
    ck_assert_uint_eq(r->knots_asked, asked);
    ck_assert_msg(r->pwl->knot_count == knots, "%s: %zu knots", what, r->pwl->knot_count);
    for (size_t j = 0; j < knots; j++)
        ck_assert_msg(isfinite(r->pwl->x[j]) && isfinite(r->pwl->y[j]), "%s: knot %zu", what, j);
    ck_assert_msg(isfinite(crease_pwl_evaluate(r->pwl, 2.5)), "%s: value", what);
    crease_knots_result_clear(r);
}

START_TEST(test_few_rows) {
    double x[] = {2, 5, 7, 8}, y[] = {3, -1, 4, 4};
    crease_knots_result r = fit_rows(1, x, y, 3, 0);
    ck_assert_double_eq(crease_pwl_evaluate(r.pwl, 2), 3);
    check_exact(&r, 3, 0, "one row");
    r = fit_rows(2, x, y, 2, CREASE_NO_MINIMUM);
    ck_assert_double_eq_tol(crease_pwl_evaluate(r.pwl, 5), -1, 1e-14);
    check_exact(&r, 2, 0, "two rows");
    r = fit_rows(4, x, y, 2, CREASE_NO_MINIMUM);
    ck_assert_double_eq_tol(crease_pwl_evaluate(r.pwl, 7), 4, 1e-13);
    check_exact(&r, 2, 2, "four rows, two knots");
    r = fit_rows(4, x, y, 9, CREASE_NO_MINIMUM);
    check_exact(&r, 9, 2, "more knots than rows");
    r = fit_rows(4, x, y, 9, 2);
    ck_assert_uint_eq(r.pwl->knot_count, 1);
    ck_assert_uint_eq(r.knots_asked, 9);
    crease_knots_result_clear(&r);
    r = fit_rows(4, x, y, 9, 0);
    ck_assert_uint_eq(r.pwl->knot_count, 0);
    crease_knots_result_clear(&r);
}
END_TEST

START_TEST(test_one_place) {
    double x[] = {3, 3, 3}, y[] = {1, 2, 6}, w[] = {1, 1, 2};
    crease_data data = {.n = 3, .inputs = 1, .outputs = 1, .x = x, .y = y, .weight = w};
    crease_knots_options options = {.knots = 2};
    crease_knots_result r = fit(&data, &options);
    ck_assert_uint_eq(r.points, 1);
    ck_assert_uint_eq(r.rows, 3);
    ck_assert_double_eq_tol(crease_pwl_evaluate(r.pwl, 3), 3.75, 1e-14);
    ck_assert_double_eq_tol(r.sse, r.tss, 1e-13);
    ck_assert(r.certified);
    ck_assert_double_eq_tol(r.lower_bound, r.sse, 1e-13);
    crease_knots_result_clear(&r);
}
END_TEST

START_TEST(test_lines) {
    static const double size[] = {1, 1e150, 1e-150, 1e8};
    double x[30], y[30];
    for (int flat = 0; flat < 2; flat++)
        for (size_t s = 0; s < sizeof size / sizeof *size; s++)
            for (size_t k = 0; k <= 4; k++) {
                for (size_t i = 0; i < 30; i++) {
                    x[i] = (double)i * size[s];
                    y[i] = flat ? 7 * size[s] : (3 - 2 * (double)i) * size[s];
                }
                crease_knots_result r = fit_rows(30, x, y, k, 0);
                check_exact(&r, k, k, flat ? "constant" : "line");
            }
    for (size_t i = 0; i < 30; i++)
        y[i] = 0;
    crease_knots_result r = fit_rows(30, x, y, 2, 0);
    ck_assert_double_eq(r.sse, 0);
    check_exact(&r, 2, 2, "zero");
}
END_TEST

/* A polyline with corners between the data is found to the bit, nearly. */
START_TEST(test_exact_polylines) {
    size_t cases = test_rounds(60, 600);
    for (size_t seed = 0; seed < cases; seed++) {
        gsl_rng *rng = crease_random_new(seed, 3);
        size_t k = 1 + seed % 6, n = 12 * (k + 1);
        double x[90], y[90], knot[8], slope[8];
        for (size_t j = 0; j <= k; j++) {
            knot[j] = (double)j + .25 + .5 * gsl_rng_uniform(rng);
            slope[j] = (j % 2 ? 1 : -1) * (.5 + gsl_rng_uniform(rng));
        }
        for (size_t i = 0; i < n; i++) {
            x[i] = (double)i / 12 - 1 + .5;
            y[i] = slope[0] * x[i];
            for (size_t j = 0; j < k; j++)
                y[i] += (slope[j + 1] - slope[j]) * fmax(0, x[i] - knot[j]);
        }
        gsl_rng_free(rng);
        crease_knots_result r = fit_rows(n, x, y, k, 0);
        for (size_t j = 0; j < k; j++)
            ck_assert_msg(fabs(r.pwl->x[j] - knot[j]) < 1e-9, "seed %zu: knot %zu at %.12g, not %.12g", seed,
                          j, r.pwl->x[j], knot[j]);
        char what[40];
        snprintf(what, sizeof what, "seed %zu", seed);
        check_exact(&r, k, k, what);
    }
}
END_TEST

START_TEST(test_no_knots_is_a_line) {
    double x[] = {0, 1, 2, 4}, y[] = {1, 0, 3, 2}; /* slope sum (x - 1.75)(y - 1.5) / sum (x - 1.75)^2 */
    crease_knots_result r = fit_rows(4, x, y, 0, 0);
    ck_assert_double_eq_tol(r.pwl->slope_left, 3.5 / 8.75, 1e-14);
    ck_assert_double_eq_tol(r.sse, 5 - 3.5 * 3.5 / 8.75, 1e-14);
    ck_assert_double_eq_tol(r.lower_bound, r.sse, 1e-14);
    ck_assert(r.certified);
    crease_knots_result_clear(&r);
}
END_TEST

/* ---- refusals ---- */

static void check_refused(const crease_data *data, const crease_knots_options *options,
                          crease_status expected, const char *part) {
    crease_knots_result result;
    crease_error error = {0};
    crease_status status = crease_knots_fit(data, options, &result, &error);
    ck_assert_msg(status == expected, "%s: status %d: %s", part, (int)status, error.message);
    ck_assert_msg(strstr(error.message, part) != NULL, "'%s' lacks '%s'", error.message, part);
    crease_knots_result_clear(&result);
}

START_TEST(test_refusals) {
    double x[] = {0, 1, 2, 3, 4, 5, 6, 7}, y[] = {1, 0, 3, 2, 5, 1, 1, 0}, w[] = {1, 1, 1, 1, 1, 1, 1, 1};
    crease_data data = {.n = 8, .inputs = 1, .outputs = 1, .x = x, .y = y, .weight = w};
    double crossed[] = {1, 0}, empty[] = {0, 0}, twice[] = {2, 2}, bad[] = {NAN};
    double steep[] = {0, 0, 1, 9};
    check_refused(&data, &(crease_knots_options){.knots = 1, .slope_limits = crossed}, CREASE_BAD_ARGUMENT,
                  "slope");
    check_refused(&data, &(crease_knots_options){.knots = 1, .fixed_knot = twice, .fixed_knot_count = 2},
                  CREASE_BAD_ARGUMENT, "fixed knots");
    check_refused(&data, &(crease_knots_options){.knots = 2, .fixed_knot = twice, .fixed_knot_count = 2},
                  CREASE_BAD_ARGUMENT, "same");
    check_refused(&data, &(crease_knots_options){.knots = 2, .fixed_knot = bad, .fixed_knot_count = 1},
                  CREASE_BAD_ARGUMENT, "finite");
    check_refused(
        &data,
        &(crease_knots_options){
            .knots = 2, .fixed_point = bad, .fixed_point_count = 0, .slope_limits = (double[]){NAN, 1}},
        CREASE_BAD_ARGUMENT, "slope");
    check_refused(&data,
                  &(crease_knots_options){
                      .knots = 1, .slope_limits = empty, .fixed_point = steep, .fixed_point_count = 2},
                  CREASE_BAD_ARGUMENT, "take some");
    check_refused(&data, &(crease_knots_options){.knots = 100000}, CREASE_BAD_ARGUMENT, "at most");
    y[3] = NAN;
    check_refused(&data, &(crease_knots_options){.knots = 1}, CREASE_BAD_DATA, "4");
    y[3] = 2, x[5] = INFINITY;
    check_refused(&data, &(crease_knots_options){.knots = 1}, CREASE_BAD_DATA, "6");
    x[5] = 5, w[2] = -1;
    check_refused(&data, &(crease_knots_options){.knots = 1}, CREASE_BAD_DATA, "3");
    memset(w, 0, sizeof w);
    check_refused(&data, &(crease_knots_options){.knots = 1}, CREASE_BAD_DATA, "weight");
    data.inputs = 2;
    check_refused(&data, &(crease_knots_options){.knots = 1}, CREASE_BAD_ARGUMENT, "one input");
}
END_TEST

static bool at_once(void *context) {
    size_t *calls = context;
    ++*calls;
    return true;
}

START_TEST(test_interruption) {
    double x[300], y[300];
    size_t calls = 0;
    gsl_rng *rng = crease_random_new(5, 0);
    for (size_t i = 0; i < 300; i++) {
        x[i] = (double)i;
        y[i] = gsl_ran_gaussian(rng, 1);
    }
    gsl_rng_free(rng);
    crease_data data = {.n = 300, .inputs = 1, .outputs = 1, .x = x, .y = y};
    crease_knots_options options = {.knots = 6, .interrupted = at_once, .interrupted_context = &calls};
    crease_knots_result r = fit(&data, &options);
    ck_assert(r.interrupted);
    ck_assert_uint_gt(calls, 0);
    ck_assert_double_gt(r.sse, 0);
    ck_assert_double_lt(r.sse, r.tss);
    ck_assert_double_le(r.lower_bound, r.sse);
    crease_knots_result_clear(&r);
}
END_TEST

/* Long data: the corners are where they were planted. */
START_TEST(test_long_data) {
    size_t n = test_cases(20000, 1000000);
    double *x = malloc(n * sizeof *x), *y = malloc(n * sizeof *y);
    ck_assert(x && y);
    gsl_rng *rng = crease_random_new(9, 0);
    for (size_t i = 0; i < n; i++) {
        x[i] = gsl_rng_uniform(rng);
        y[i] = planted(x[i]) + gsl_ran_gaussian(rng, .02);
    }
    gsl_rng_free(rng);
    crease_knots_result r = fit_rows(n, x, y, 2, 0);
    ck_assert_double_eq_tol(r.pwl->x[0], .3, 2e-3);
    ck_assert_double_eq_tol(r.pwl->x[1], .6, 2e-3);
    ck_assert_double_eq_tol(r.rmse, .02, .02 / sqrt((double)n) * 5);
    ck_assert_double_le(r.lower_bound, r.sse);
    ck_assert_double_gt(r.lower_bound, .99 * r.sse);
    crease_knots_result_clear(&r);
    free(x);
    free(y);
}
END_TEST

Suite *test_knots(void) {
    Suite *suite = suite_create("knots");
    TCase *brute = tcase_create("brute force"), *nasty = tcase_create("degenerate");
    tcase_set_timeout(brute, 600);
    tcase_set_timeout(nasty, 120);
    tcase_add_loop_test(brute, test_brute_force, 0, 4);
    tcase_add_test(nasty, test_few_rows);
    tcase_add_test(nasty, test_one_place);
    tcase_add_test(nasty, test_lines);
    tcase_add_test(nasty, test_exact_polylines);
    tcase_add_test(nasty, test_no_knots_is_a_line);
    tcase_add_test(nasty, test_refusals);
    tcase_add_test(nasty, test_interruption);
    tcase_add_test(nasty, test_long_data);
    suite_add_tcase(suite, brute);
    suite_add_tcase(suite, nasty);
    return suite;
}
