/* What optimal knots must keep whatever the data: no other method beats the bound, units and order do not matter, and
 * under limits the function is the best one for its knots. */
#include "crease/fit.h"
#include "crease/knots.h"
#include "crease/random.h"
#include "support/brute.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 400 };

typedef struct sample {
    size_t n;
    double x[MOST], y[MOST], weight[MOST];
} sample;

static crease_data data_of(const sample *s) {
    return (crease_data){.n = s->n, .inputs = 1, .outputs = 1, .x = s->x, .y = s->y, .weight = s->weight};
}

static crease_knots_result fit(const sample *s, const crease_knots_options *options) {
    crease_knots_result result;
    crease_error error = {0};
    crease_data data = data_of(s);
    crease_status status = crease_knots_fit(&data, options, &result, &error);
    ck_assert_msg(status == CREASE_OK, "%s", error.message);
    return result;
}

/* Noise, a curve, corners with noise, steps; weights. */
static sample draw(uint64_t seed, size_t n) {
    gsl_rng *rng = crease_random_new(seed, 7);
    sample s = {.n = n};
    for (size_t i = 0; i < n; i++) {
        double x = gsl_rng_uniform(rng), noise = gsl_ran_gaussian(rng, 1);
        s.x[i] = x;
        s.weight[i] = seed % 2 ? 1 : gsl_rng_uniform(rng) + .1;
        s.y[i] = seed % 4 == 0   ? noise
                 : seed % 4 == 1 ? sin(6 * x) + .01 * noise
                 : seed % 4 == 2 ? fabs(x - .3) - 2 * fmax(0, x - .7) + .05 * noise
                                 : exp(3 * x) / 10;
    }
    gsl_rng_free(rng);
    return s;
}

/* ---- the bound ---- */

static void check_not_beaten(const crease_knots_result *best, double sse, const char *by, size_t seed) {
    ck_assert_msg(best->lower_bound <= sse * (1 + 1e-9), "seed %zu: bound %.12g above %.12g of %s", seed,
                  best->lower_bound, sse, by);
    if (best->certified)
        ck_assert_msg(best->sse <= sse * (1 + 2e-6), "seed %zu: certified %.12g, but %s has %.12g", seed,
                      best->sse, by, sse);
}

static void polish_from_random(const sample *s, size_t k, const crease_knots_result *best, size_t seed) {
    gsl_rng *rng = crease_random_new(seed, 8);
    crease_data data = data_of(s);
    crease_knots_options options = {.knots = k};
    for (int start = 0; start < 20; start++) {
        double knot[8];
        crease_knots_result polished;
        for (size_t j = 0; j < k; j++)
            knot[j] = .05 + .9 * gsl_rng_uniform(rng);
        gsl_sort(knot, 1, k);
        crease_status status = crease_knots_polish(&data, &options, knot, &polished, NULL);
        if (status == CREASE_OK)
            check_not_beaten(best, polished.sse, "polish", seed);
        crease_knots_result_clear(&polished);
    }
    gsl_rng_free(rng);
}

START_TEST(test_other_methods) {
    size_t cases = test_rounds(4, 100);
    for (size_t seed = 0; seed < cases; seed++) {
        size_t k = 1 + seed % 4;
        sample s = draw(seed, 40 + 7 * (seed % 5));
        crease_knots_result best = fit(&s, &(crease_knots_options){.knots = k});
        ck_assert_msg(best.lower_bound > .5 * best.sse, "seed %zu: bound %g of %g", seed, best.lower_bound,
                      best.sse);
        polish_from_random(&s, k, &best, seed);
        crease_knots_result_clear(&best);
        best = fit(&s, &(crease_knots_options){.knots = k, .min_points = CREASE_NO_MINIMUM});
        for (int method = CREASE_METHOD_LM; method <= CREASE_METHOD_VARPRO; method++) {
            char spec[24];
            crease_net *net;
            crease_fit_result result;
            crease_data data = data_of(&s);
            crease_fit_options options = {
                .method = (crease_method)method, .starts = 10, .seed = seed, .threads = 1};
            snprintf(spec, sizeof spec, "affine+relu:%zu", k);
            ck_assert_int_eq(crease_net_parse(spec, 1, 1, &net, NULL), CREASE_OK);
            ck_assert_int_eq(crease_fit(net, &data, &options, &result, NULL), CREASE_OK);
            double weight = 0;
            for (size_t i = 0; i < s.n; i++)
                weight += s.weight[i];
            check_not_beaten(&best, result.score.rmse * result.score.rmse * weight, spec, seed);
            crease_fit_result_clear(&result);
            crease_net_free(net);
        }
        crease_knots_result_clear(&best);
    }
}
END_TEST

/* ---- units and order ---- */

static bool near(double a, double b, double tolerance) {
    return fabs(a - b) <= tolerance * fmax(fabs(a), fabs(b));
}

/* sse of `other` is that of `one` times factor; bounds are near each other where both are certified. */
static void check_same(crease_knots_result *one, crease_knots_result *other, double factor, const char *what,
                       size_t seed) {
    ck_assert_msg(near(other->sse, factor * one->sse, one->certified ? 1e-6 : 1e-2),
                  "seed %zu %s: %.12g, not %.12g", seed, what, other->sse, factor * one->sse);
    ck_assert_msg(other->lower_bound <= factor * one->sse * (1 + 1e-9),
                  "seed %zu %s: bound %.12g above %.12g", seed, what, other->lower_bound, factor * one->sse);
    ck_assert_msg(near(other->tss, factor * one->tss, 1e-6), "seed %zu %s: tss", seed, what);
    crease_knots_result_clear(other);
}

START_TEST(test_invariance) {
    size_t cases = test_rounds(6, 200);
    for (size_t seed = 0; seed < cases; seed++) {
        crease_knots_options options = {.knots = 1 + seed % 4};
        sample s = draw(seed, 30 + seed), t = s;
        crease_knots_result one = fit(&s, &options);
        for (size_t i = 0; i < s.n; i++) {
            t.x[i] = 1e3 * s.x[i] - 77;
            t.y[i] = 5 - 3e-4 * s.y[i];
        }
        crease_knots_result other = fit(&t, &options);
        check_same(&one, &other, 9e-8, "affine", seed);
        t = s;
        for (size_t i = 0; i < s.n; i++)
            t.x[i] = -s.x[i];
        other = fit(&t, &options);
        check_same(&one, &other, 1, "reversed", seed);
        for (size_t i = 0; i < s.n; i++) {
            t.x[i] = s.x[(7 * i + 3) % s.n];
            t.y[i] = s.y[(7 * i + 3) % s.n];
            t.weight[i] = s.weight[(7 * i + 3) % s.n];
        }
        if (s.n % 7) {
            other = fit(&t, &options);
            check_same(&one, &other, 1, "shuffled", seed);
        }
        t = s;
        t.n = 2 * s.n;
        for (size_t i = 0; i < s.n; i++) {
            t.x[s.n + i] = s.x[i];
            t.y[s.n + i] = s.y[i];
            t.weight[s.n + i] = s.weight[i];
        }
        other = fit(&t, &options);
        check_same(&one, &other, 2, "doubled", seed);
        for (size_t i = 0; i < s.n; i++) {
            t.x[s.n + i] = 3 * s.x[i] - 1;
            t.y[s.n + i] = 1e9;
            t.weight[s.n + i] = 0;
        }
        other = fit(&t, &options);
        ck_assert_uint_eq(other.rows, s.n);
        check_same(&one, &other, 1, "rows of no weight", seed);
        crease_knots_result_clear(&one);
    }
}
END_TEST

/* Twice the weight is the row twice; here some rows only. */
START_TEST(test_weights_are_repetitions) {
    for (size_t seed = 0; seed < 6; seed++) {
        crease_knots_options options = {.knots = 1 + seed % 3};
        sample s = draw(2 * seed + 1, 30), t = s;
        for (size_t i = 0; i < 10; i++) {
            s.weight[3 * i] = 2;
            t.x[t.n] = t.x[3 * i];
            t.weight[t.n] = 1;
            t.y[t.n++] = t.y[3 * i];
        }
        crease_knots_result one = fit(&s, &options), other = fit(&t, &options);
        check_same(&one, &other, 1, "repeated", seed);
        crease_knots_result_clear(&one);
    }
}
END_TEST

/* A knot more, or a point less a piece, never hurts: 60 points have room for all. */
START_TEST(test_more_freedom) {
    size_t cases = test_rounds(4, 100);
    for (size_t seed = 0; seed < cases; seed++) {
        sample s = draw(seed, 60);
        double before = INFINITY;
        for (size_t k = 0; k <= 5; k++) {
            crease_knots_result r = fit(&s, &(crease_knots_options){.knots = k, .work = 1});
            ck_assert_msg(r.sse <= before * (1 + 1e-3), "seed %zu, %zu knots: %g after %g", seed, k, r.sse,
                          before);
            before = r.sse;
            crease_knots_result_clear(&r);
        }
        before = 0;
        for (size_t least = 1; least <= 8; least++) {
            crease_knots_result r =
                fit(&s, &(crease_knots_options){.knots = 3, .min_points = least, .work = 1});
            ck_assert_msg(r.sse >= before * (1 - 1e-3), "seed %zu, %zu points: %g after %g", seed, least,
                          r.sse, before);
            before = r.sse;
            crease_knots_result_clear(&r);
        }
    }
}
END_TEST

/* ---- under limits ---- */

typedef struct limits {
    const char *name;
    crease_curvature curvature;
    double slope[2];
    bool slopes;
    size_t points;
    double point[4];
    size_t knots;
    double knot[2];
} limits;

static const limits shapes[] = {
    {.name = "concave", .curvature = CREASE_CONCAVE},
    {.name = "convex", .curvature = CREASE_CONVEX},
    {.name = "increasing", .slopes = true, .slope = {0, INFINITY}},
    {.name = "decreasing", .slopes = true, .slope = {-INFINITY, 0}},
    {.name = "slopes within", .slopes = true, .slope = {-.5, 1}},
    {.name = "fixed knot", .knots = 1, .knot = {.42}},
    {.name = "point", .points = 1, .point = {.5, .25}},
    {.name = "two points, concave", .points = 2, .point = {.2, .1, .8, .3}, .curvature = CREASE_CONCAVE}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

/* Coefficients in (value at the first knot, slopes) of the value at x. */
static void value_row(size_t k, const double *t, double x, double *row) {
    memset(row, 0, (k + 2) * sizeof *row);
    row[0] = 1;
    row[1] = fmin(x - t[0], 0);
    for (size_t j = 0; j < k; j++)
        row[j + 2] = fmax(0, fmin(x, j + 1 < k ? t[j + 1] : INFINITY) - t[j]);
}

/* Least sse with these knots under these limits; -1: none. */
static double best_for_knots(const sample *s, const limits *shape, size_t k, const double *t) {
    double E[MOST * BRUTE_COLUMNS], f[MOST], G[2 * BRUTE_LIMITS * BRUTE_COLUMNS] = {0}, h[2 * BRUTE_LIMITS],
                                                                  x[BRUTE_COLUMNS];
    size_t columns = k + 2, count = 0, rows = 0;
    for (size_t i = 0; i < s->n; i++) {
        double root = sqrt(s->weight[i]);
        value_row(k, t, s->x[i], E + rows * columns);
        for (size_t c = 0; c < columns; c++)
            E[rows * columns + c] *= root;
        f[rows++] = root * s->y[i];
    }
    for (size_t j = 0; j <= k; j++) {
        if (shape->curvature && j > 0) {
            double sign = shape->curvature == CREASE_CONVEX ? 1 : -1;
            G[count * columns + j + 1] = sign;
            G[count * columns + j] = -sign;
            h[count++] = 0;
        }
        for (int side = 0; side < 2; side++)
            if (shape->slopes && isfinite(shape->slope[side])) {
                G[count * columns + j + 1] = side ? -1 : 1;
                h[count++] = side ? -shape->slope[1] : shape->slope[0];
            }
    }
    for (size_t p = 0; p < shape->points; p++)
        for (int sign = -1; sign <= 1; sign += 2) {
            value_row(k, t, shape->point[2 * p], G + count * columns);
            for (size_t c = 0; c < columns; c++)
                G[count * columns + c] *= sign;
            h[count++] = sign * shape->point[2 * p + 1];
        }
    ck_assert_uint_le(count, BRUTE_LIMITS);
    return brute_quadratic(rows, columns, E, f, count, G, h, x);
}

static crease_knots_options options_of(const limits *shape, size_t k) {
    return (crease_knots_options){.knots = k,
                                  .curvature = shape->curvature,
                                  .slope_limits = shape->slopes ? shape->slope : NULL,
                                  .fixed_knot = shape->knots ? shape->knot : NULL,
                                  .fixed_knot_count = shape->knots,
                                  .fixed_point = shape->points ? shape->point : NULL,
                                  .fixed_point_count = shape->points};
}

static void check_limits(const crease_pwl *pwl, const limits *shape, const char *what) {
    double before = pwl->slope_left;
    for (size_t j = 0; j <= pwl->knot_count; j++) {
        double slope = j == 0                 ? pwl->slope_left
                       : j == pwl->knot_count ? pwl->slope_right
                                              : (pwl->y[j] - pwl->y[j - 1]) / (pwl->x[j] - pwl->x[j - 1]);
        if (shape->slopes)
            ck_assert_msg(slope >= shape->slope[0] - 1e-9 && slope <= shape->slope[1] + 1e-9, "%s: slope %g",
                          what, slope);
        if (shape->curvature)
            ck_assert_msg((shape->curvature == CREASE_CONVEX ? 1 : -1) * (slope - before) >= -1e-8,
                          "%s: slope %.12g after %.12g", what, slope, before);
        before = slope;
    }
    for (size_t p = 0; p < shape->points; p++)
        ck_assert_msg(fabs(crease_pwl_evaluate(pwl, shape->point[2 * p]) - shape->point[2 * p + 1]) < 1e-9,
                      "%s: point %zu missed", what, p);
    for (size_t f = 0; f < shape->knots; f++) {
        bool found = false;
        for (size_t j = 0; j < pwl->knot_count; j++)
            found = found || pwl->x[j] == shape->knot[f];
        ck_assert_msg(found, "%s: no knot at %g", what, shape->knot[f]);
    }
}

static size_t below(const sample *s, double at, bool or_equal) {
    size_t count = 0;
    for (size_t i = 0; i < s->n; i++)
        count += s->x[i] < at || (or_equal && s->x[i] == at) ? 1 : 0;
    return count;
}

/* Least over knots on a grid: data and parts of gaps. */
static double best_on_grid(const sample *s, const limits *shape, size_t k) {
    double sorted[MOST], place[4 * MOST], least = INFINITY;
    size_t places = 0;
    memcpy(sorted, s->x, s->n * sizeof *sorted);
    gsl_sort(sorted, 1, s->n);
    for (size_t i = 2; i + 3 < s->n; i++)
        for (int part = 0; part < 4; part++)
            place[places++] = sorted[i] + part * (sorted[i + 1] - sorted[i]) / 4;
    for (size_t a = 0; a < places; a++)
        for (size_t b = k == 2 ? a + 1 : a; b < (k == 2 ? places : a + 1); b++) {
            double t[] = {place[a], place[b]};
            bool allowed = k == 1 || below(s, t[1], true) >= below(s, t[0], false) + 3;
            if (allowed && shape->knots && t[0] != shape->knot[0] && t[k - 1] != shape->knot[0]) {
                if (k == 1)
                    t[0] = shape->knot[0];
                else
                    continue;
            }
            double sse = allowed ? best_for_knots(s, shape, k, t) : -1;
            least = sse >= 0 ? fmin(least, sse) : least;
        }
    return least;
}

START_TEST(test_limits) {
    const limits *shape = &shapes[_i];
    size_t cases = test_rounds(4, 60);
    for (size_t seed = 0; seed < cases; seed++) {
        size_t k = 1 + seed % 2;
        sample s = draw(seed, 14);
        char what[100];
        crease_knots_options options = options_of(shape, k);
        crease_knots_result r = fit(&s, &options);
        snprintf(what, sizeof what, "%s, seed %zu, %zu knots", shape->name, seed, k);
        check_limits(r.pwl, shape, what);
        ck_assert_uint_eq(r.pwl->knot_count, k);
        double same_knots = best_for_knots(&s, shape, k, r.pwl->x), grid = best_on_grid(&s, shape, k);
        ck_assert_msg(near(r.sse, same_knots, 1e-6) || fabs(r.sse - same_knots) < 1e-12 * r.tss,
                      "%s: %.12g, with the same knots %.12g", what, r.sse, same_knots);
        ck_assert_msg(r.lower_bound <= fmin(grid, r.sse) * (1 + 1e-9), "%s: bound %.12g above %.12g", what,
                      r.lower_bound, grid);
        ck_assert_msg(r.sse <= grid * (r.certified ? 1 + 1e-6 : 1.001) + 1e-12 * r.tss,
                      "%s: %.12g, on a grid %.12g", what, r.sse, grid);
        crease_knots_result_clear(&r);
    }
}
END_TEST

/* No increasing function beats isotonic regression (pool adjacent violators). */
START_TEST(test_isotonic) {
    for (size_t seed = 0; seed < test_rounds(6, 60); seed++) {
        sample s = draw(seed, 50);
        size_t order[MOST], blocks = 0;
        double mean[MOST], weight[MOST], isotonic = 0;
        size_t size[MOST];
        gsl_sort_index(order, s.x, 1, s.n);
        for (size_t i = 0; i < s.n; i++) {
            mean[blocks] = s.y[order[i]];
            weight[blocks] = s.weight[order[i]];
            size[blocks++] = 1;
            while (blocks > 1 && mean[blocks - 2] >= mean[blocks - 1]) {
                double sum = weight[blocks - 2] + weight[blocks - 1];
                mean[blocks - 2] =
                    (weight[blocks - 2] * mean[blocks - 2] + weight[blocks - 1] * mean[blocks - 1]) / sum;
                weight[blocks - 2] = sum;
                size[blocks - 2] += size[blocks - 1];
                blocks--;
            }
        }
        for (size_t b = 0, i = 0; b < blocks; b++)
            for (size_t e = 0; e < size[b]; e++, i++) {
                double d = s.y[order[i]] - mean[b];
                isotonic += s.weight[order[i]] * d * d;
            }
        crease_knots_options options = options_of(&shapes[2], 5);
        options.work = 2; /* what is found in less time is above the bound too */
        crease_knots_result r = fit(&s, &options);
        ck_assert_msg(r.sse >= isotonic * (1 - 1e-9), "seed %zu: %g below isotonic %g", seed, r.sse,
                      isotonic);
        check_limits(r.pwl, &shapes[2], "increasing");
        crease_knots_result_clear(&r);
    }
}
END_TEST

Suite *test_knots_properties(void) {
    Suite *suite = suite_create("knots_properties");
    TCase *all = tcase_create("properties"), *limited = tcase_create("limits");
    tcase_set_timeout(all, 600);
    tcase_set_timeout(limited, 600);
    tcase_add_test(all, test_other_methods);
    tcase_add_test(all, test_invariance);
    tcase_add_test(all, test_weights_are_repetitions);
    tcase_add_test(all, test_more_freedom);
    tcase_add_loop_test(limited, test_limits, 0, SHAPES);
    tcase_add_test(limited, test_isotonic);
    suite_add_tcase(suite, all);
    suite_add_tcase(suite, limited);
    return suite;
}
