/* The scan for one knot and the descent for several against plain least squares on hinges. */
#include "crease/random.h"
#include "fit/pwl_descent.h"
#include "fit/pwl_sample.h"
#include "support/hinges.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { most = 60 };

typedef struct sample {
    size_t n;
    double x[most], y[most], weight[most];
    crease_data data;
    crease_sample sorted;
    double mean[most];
    crease_scan *scan;
} sample;

/* Unsorted, with ties, weights (some zero) and a kink or none. */
static void draw(sample *s, uint64_t seed, size_t n, double noise) {
    gsl_rng *rng = crease_random_new(seed, 0);
    bool rounded = gsl_rng_uniform(rng) < .4, weighted = gsl_rng_uniform(rng) < .5;
    double kink = 10 * gsl_rng_uniform(rng), change = gsl_ran_gaussian(rng, 2);
    s->n = n;
    for (size_t i = 0; i < n; i++) {
        s->x[i] = 10 * gsl_rng_uniform(rng);
        if (rounded)
            s->x[i] = round(s->x[i] * 2) / 2;
        s->weight[i] = i > 12 && gsl_rng_uniform(rng) < .2 ? 0 : gsl_ran_flat(rng, .1, 3);
        s->y[i] = 3 - s->x[i] + change * fmax(0, s->x[i] - kink) + gsl_ran_gaussian(rng, noise);
    }
    gsl_rng_free(rng);
    s->data = (crease_data){n, 1, 1, s->x, s->y, weighted ? s->weight : NULL};
}

/* With the scan run. */
static crease_one_knot scan(sample *s, size_t least) {
    crease_error error;
    ck_assert_msg(crease_sample_new(&s->data, &s->sorted, &error) == CREASE_OK, "%s", error.message);
    crease_sample_means(&s->sorted, s->sorted.z, s->mean);
    s->scan = crease_scan_new(s->sorted.points);
    crease_scan_design(s->scan, s->sorted.points, s->sorted.u, s->sorted.sum, least, least);
    return crease_scan_best(s->scan, s->mean);
}

static void clear(sample *s) {
    crease_scan_free(s->scan);
    crease_sample_clear(&s->sorted);
}

static double raw_x(const sample *s, double u) {
    return s->sorted.x_shift + s->sorted.x_unit * u;
}
/* Error about a function from the error about it of the means. */
static double raw_sse(const sample *s, double sse) {
    const crease_sample *c = &s->sorted;
    return (sse + crease_sample_tie_error(c, c->z, s->mean)) * c->y_unit * c->y_unit * c->weight_unit;
}

START_TEST(the_best_knot_is_that_of_brute_force) {
    static sample s;
    for (uint64_t seed = 1; seed <= test_rounds(25, 600); seed++) {
        size_t least = 2 + seed % 3;
        double knot;
        draw(&s, seed, 12 + seed % 9, .3);
        crease_one_knot best = scan(&s, least);
        double brute = hinges_best_knot(&s.data, least, &knot);
        if (s.sorted.points < 2 * least) {
            ck_assert(!best.found && isnan(knot));
        } else {
            double sse = raw_sse(&s, best.sse), at = raw_x(&s, best.u);
            crease_pwl *pwl;
            ck_assert_int_eq(crease_pwl_new(&pwl, 1, NULL), CREASE_OK);
            ck_assert_msg(fabs(sse - brute) <= 1e-9 * brute, "seed %d: %.12g at %.9g, brute %.12g at %.9g",
                          (int)seed, sse, at, brute, knot);
            ck_assert_msg(fabs(hinges_fit(&s.data, 1, &at, pwl) - sse) <= 1e-9 * sse, "seed %d", (int)seed);
            double steep = s.sorted.y_unit / s.sorted.x_unit;
            ck_assert_double_eq_tol(pwl->slope_left, best.slope_left * steep, 1e-8);
            ck_assert_double_eq_tol(pwl->slope_right, best.slope_right * steep, 1e-8);
            ck_assert_double_eq_tol(pwl->y[0], (best.value + s.sorted.z_shift) * s.sorted.y_unit, 1e-8);
            crease_pwl_free(pwl);
        }
        ck_assert_double_eq_tol(raw_sse(&s, best.line_sse), hinges_fit(&s.data, 0, NULL, NULL), 1e-9);
        clear(&s);
    }
}
END_TEST

START_TEST(the_error_of_any_place_is_that_of_least_squares) {
    static sample s;
    gsl_rng *rng = crease_random_new(9, 9);
    for (uint64_t seed = 1; seed <= test_rounds(60, 600); seed++) {
        double low, high;
        draw(&s, seed, 20 + seed % 40, 1);
        crease_one_knot best = scan(&s, 3);
        crease_scan_ends(s.scan, &low, &high);
        for (int i = 0; best.found && i < 20; i++) {
            double u = i == 0 ? low : i == 1 ? high : gsl_ran_flat(rng, low, high), t = raw_x(&s, u);
            double sse = hinges_fit(&s.data, 1, &t, NULL);
            ck_assert_msg(fabs(raw_sse(&s, crease_scan_at(s.scan, u).sse) - sse) <= 1e-9 * sse,
                          "seed %d at %g", (int)seed, t);
        }
        clear(&s);
    }
    gsl_rng_free(rng);
}
END_TEST

/* The quadratic inequality against the error itself. */
START_TEST(the_places_below_a_level_are_found) {
    static sample s;
    gsl_rng *rng = crease_random_new(9, 8);
    size_t inside = 0, outside = 0, parts = 0;
    for (uint64_t seed = 1; seed <= test_rounds(100, 1000); seed++) {
        draw(&s, seed, 15 + seed % 40, 1);
        crease_one_knot best = scan(&s, 3);
        double level = best.sse + gsl_rng_uniform(rng) * (best.line_sse - best.sse);
        for (size_t split = 3; best.found && split + 3 <= s.sorted.points; split++) {
            double low[2], high[2];
            size_t count = crease_scan_within(s.scan, split, level, low, high);
            parts += count > 1;
            for (int i = 0; i < 20; i++) {
                double u = gsl_ran_flat(rng, s.sorted.u[split - 1], s.sorted.u[split]);
                double sse = crease_scan_at(s.scan, u).sse;
                bool in = false;
                for (size_t k = 0; k < count; k++)
                    in = in || (u >= low[k] && u <= high[k]);
                if (fabs(sse - level) > 1e-9 * level)
                    ck_assert_msg(in == (sse < level), "seed %d, gap %d, %g: %g against %g", (int)seed,
                                  (int)split, u, sse, level);
                *(in ? &inside : &outside) += 1;
            }
        }
        clear(&s);
    }
    gsl_rng_free(rng);
    ck_assert(inside > 1000 && outside > 1000 && parts > 0);
}
END_TEST

static bool descend(crease_descent *d, sample *s, size_t knots, const double *start, size_t held) {
    scan(s, 3);
    ck_assert(crease_descent_new(d, knots, s->sorted.points));
    crease_descent_data(d, s->sorted.points, s->sorted.u, s->mean, s->sorted.sum, 3);
    return crease_descent_run(d, start, held);
}

/* The function is that of least squares for its knots, and no knot can better it alone. */
START_TEST(descended_knots_are_the_best_one_by_one) {
    static sample s;
    for (uint64_t seed = 1; seed <= test_rounds(60, 600); seed++) {
        size_t k = 1 + seed % 4, held = seed % 3 == 0 ? seed % k : SIZE_MAX;
        double start[4], knot[4], low, high;
        crease_descent d;
        crease_pwl *pwl;
        draw(&s, seed, 40 + seed % 20, .5);
        for (size_t j = 0; j < k; j++)
            start[j] = ((double)j + 1) / ((double)k + 1);
        if (!descend(&d, &s, k, start, held)) { /* rounded x: too few distinct */
            ck_assert(s.sorted.points < 3 * (k + 1) || held < k);
            crease_descent_clear(&d);
            clear(&s);
            continue;
        }
        ck_assert_int_eq(crease_pwl_new(&pwl, k, NULL), CREASE_OK);
        for (size_t j = 0; j < k; j++) {
            knot[j] = raw_x(&s, d.t[j]);
            size_t from = j ? d.split[j - 1] : 0;
            ck_assert_uint_ge(d.split[j] - from, 3);
            ck_assert(d.t[j] >= s.sorted.u[d.split[j] - 1] && d.t[j] <= s.sorted.u[d.split[j]]);
        }
        ck_assert(held == SIZE_MAX || d.t[held] == start[held]);
        double sse = hinges_fit(&s.data, k, knot, pwl), steep = s.sorted.y_unit / s.sorted.x_unit;
        ck_assert_msg(fabs(raw_sse(&s, d.sse) - sse) <= 1e-9 * sse, "seed %d: %.12g, %.12g", (int)seed,
                      raw_sse(&s, d.sse), sse);
        ck_assert_double_eq_tol(pwl->slope_left, d.slope[0] * steep, 1e-7);
        ck_assert_double_eq_tol(pwl->slope_right, d.slope[k] * steep, 1e-7);
        for (size_t j = 0; j < k; j++)
            ck_assert_double_eq_tol(pwl->y[j], (d.value[j] + s.sorted.z_shift) * s.sorted.y_unit, 1e-7);
        for (size_t j = 0; j < k; j++) {
            low = s.sorted.u[(j ? d.split[j - 1] : 0) + 2];
            high = s.sorted.u[(j + 1 < k ? d.split[j + 1] : s.sorted.points) - 3];
            for (int i = 0; j != held && i <= 50; i++) {
                double kept = knot[j];
                knot[j] = raw_x(&s, low + (high - low) * i / 50);
                ck_assert_msg(hinges_fit(&s.data, k, knot, NULL) >= sse * (1 - 1e-9),
                              "seed %d: knot %d is better at %g than at %g", (int)seed, (int)j, knot[j],
                              kept);
                knot[j] = kept;
            }
        }
        crease_pwl_free(pwl);
        crease_descent_clear(&d);
        clear(&s);
    }
}
END_TEST

/* Two knots, few points: from all starts the descent meets the best of a grid of pairs. */
START_TEST(some_start_leads_to_the_best_pair) {
    static sample s;
    for (uint64_t seed = 1; seed <= test_rounds(2, 40); seed++) {
        double grid = INFINITY, found = INFINITY;
        draw(&s, 1000 + seed, 16, .5);
        scan(&s, 3);
        size_t n = s.sorted.points;
        for (size_t i = 3; n >= 9 && i + 6 <= n; i++)
            for (size_t j = i + 3; j + 3 <= n; j++)
                for (int a = 0; a <= 6; a++)
                    for (int b = 0; b <= 6; b++) {
                        const double *u = s.sorted.u;
                        double t[2] = {raw_x(&s, u[i - 1] + (u[i] - u[i - 1]) * a / 6),
                                       raw_x(&s, u[j - 1] + (u[j] - u[j - 1]) * b / 6)};
                        grid = fmin(grid, hinges_fit(&s.data, 2, t, NULL));
                    }
        for (size_t i = 3; n >= 9 && i + 6 <= n; i++)
            for (size_t j = i + 3; j + 3 <= n; j++)
                for (int part = 0; part < 9; part++) { /* ends and middles of the gaps */
                    crease_descent d;
                    const double *u = s.sorted.u;
                    double start[2] = {u[i - 1] + (u[i] - u[i - 1]) * (part % 3) / 2,
                                       u[j - 1] + (u[j] - u[j - 1]) * (part / 3) / 2};
                    clear(&s);
                    ck_assert(descend(&d, &s, 2, start, SIZE_MAX));
                    found = fmin(found, raw_sse(&s, d.sse));
                    crease_descent_clear(&d);
                }
        ck_assert_msg(n < 9 || found <= grid * (1 + 1e-9), "seed %d: %.12g, grid %.12g", (int)seed, found,
                      grid);
        ck_assert_msg(n < 9 || found >= .8 * grid, "seed %d: %.12g, grid %.12g", (int)seed, found, grid);
        clear(&s);
    }
}
END_TEST

/* Without noise nothing but the kink is left over, wherever it lies and over many decades. */
START_TEST(an_exact_kink_is_found_to_rounding) {
    static sample s;
    for (int decades = 0; decades < 2; decades++)
        for (size_t at = 5; at < 35; at++) {
            double kink;
            s.n = 40;
            for (size_t i = 0; i < s.n; i++)
                s.x[i] = decades ? pow(10, -6 + .3 * (double)i) : (double)i;
            kink = .7 * s.x[at] + .3 * s.x[at + 1];
            for (size_t i = 0; i < s.n; i++)
                s.y[i] = s.x[i] < kink ? 2 * (s.x[i] - kink) : -.5 * (s.x[i] - kink);
            s.data = (crease_data){s.n, 1, 1, s.x, s.y, NULL};
            crease_one_knot best = scan(&s, 3);
            ck_assert_msg(fabs(raw_x(&s, best.u) - kink) <= 1e-7 * kink, "%d %d: %.12g for %.12g", decades,
                          (int)at, raw_x(&s, best.u), kink);
            clear(&s);
        }
}
END_TEST

Suite *test_one_knot(void) {
    Suite *suite = suite_create("one_knot");
    TCase *tests = tcase_create("one_knot");
    tcase_set_timeout(tests, 900);
    tcase_add_test(tests, the_best_knot_is_that_of_brute_force);
    tcase_add_test(tests, the_error_of_any_place_is_that_of_least_squares);
    tcase_add_test(tests, the_places_below_a_level_are_found);
    tcase_add_test(tests, descended_knots_are_the_best_one_by_one);
    tcase_add_test(tests, some_start_leads_to_the_best_pair);
    tcase_add_test(tests, an_exact_kink_is_found_to_rounding);
    suite_add_tcase(suite, tests);
    return suite;
}
