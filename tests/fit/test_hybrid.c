/* Hybrids on a line: default runs against the true function between the data, kinks against their closed form,
 * functions that the network can be, and what a start must not do (bend where no row sees it). */
#include "crease/csv.h"
#include "crease/fit.h"
#include "crease/random.h"
#include "fit/kink_profile.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

enum { MOST_ROWS = 1000, GRID = 2001 };

typedef double truth(double x);

typedef struct sample {
    double x[MOST_ROWS], y[MOST_ROWS], weight[MOST_ROWS];
    crease_data data;
} sample;

/* Uniform rows on [lower, upper]; noise in units of the spread of y. */
static void draw(sample *s, truth *f, double lower, double upper, size_t n, double noise, uint64_t seed) {
    gsl_rng *rng = crease_random_new(seed, 0);
    double mean = 0, square = 0;
    for (size_t i = 0; i < n; i++) {
        s->x[i] = gsl_ran_flat(rng, lower, upper);
        s->y[i] = f(s->x[i]);
        mean += s->y[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++)
        square += (s->y[i] - mean) * (s->y[i] - mean) / (double)n;
    for (size_t i = 0; i < n; i++)
        s->y[i] += gsl_ran_gaussian(rng, 1) * noise * sqrt(square);
    s->data = (crease_data){n, 1, 1, s->x, s->y, NULL};
    gsl_rng_free(rng);
}

static crease_net *fitted(const char *spec, const crease_data *data, crease_fit_options options) {
    crease_net *net;
    crease_fit_result result;
    crease_error error = {0};
    ck_assert_int_eq(crease_net_parse(spec, 1, 1, &net, NULL), CREASE_OK);
    ck_assert_msg(crease_fit(net, data, &options, &result, &error) == CREASE_OK, "%s", error.message);
    ck_assert(isfinite(result.score.rmse));
    crease_fit_result_clear(&result);
    return net;
}

/* Root mean square error between the data over the spread of the truth there, in percent. */
static double error_percent(const crease_net *net, truth *f, double lower, double upper) {
    double *x = malloc(2 * GRID * sizeof *x), *y = x + GRID, mean = 0, square = 0;
    crease_score score;
    for (size_t i = 0; i < GRID; i++) {
        x[i] = lower + (upper - lower) * (double)i / (GRID - 1);
        y[i] = f(x[i]);
        mean += y[i] / GRID;
    }
    for (size_t i = 0; i < GRID; i++)
        square += (y[i] - mean) * (y[i] - mean) / GRID;
    crease_data data = {GRID, 1, 1, x, y, NULL};
    ck_assert_int_eq(crease_net_score(net, &data, &score, NULL), CREASE_OK);
    free(x);
    return 100 * score.rmse / sqrt(square);
}

static double value(const crease_net *net, double x) {
    crease_work *work;
    double y;
    ck_assert_int_eq(crease_work_new(net, &work, NULL), CREASE_OK);
    crease_net_evaluate(net, NULL, work, 1, &x, &y);
    crease_work_free(work);
    return y;
}

static double consumption(double m) {
    return fmin(m, .04 * m + .9398 * sqrt(m + .0435));
}
/* where both branches of consumption meet: .96^2 m^2 = .9398^2 (m + .0435) */
static double consumption_kink(void) {
    double a = .96 * .96, b = .9398 * .9398;
    return (b + sqrt(b * b + 4 * a * b * .0435)) / (2 * a);
}
static double value_function(double a) {
    return -1 / (1 + (a < 0 ? 1.3 : 1.03) * a);
}
static double two_kinks(double x) {
    return cos(2 * x) + .8 * fmax(0, x - .613) - 1.1 * fmax(0, x - 1.417);
}
static double power_three_halves(double x) {
    return .3 * x + pow(fmax(0, x - 1), 1.5) - .1 * x * x;
}
static double root_to_the_left(double x) {
    return exp(-x) + .6 * sqrt(fmax(0, 1.3 - x));
}
static double smooth_sine(double x) {
    return sin(2 * M_PI * x) * exp(-x);
}
static double smooth_exp(double x) {
    return exp(x);
}

/* ---- default runs ---- */

static void consumption_is_learnt(const char *spec, size_t quick) {
    crease_table *table;
    crease_data data;
    double *storage;
    crease_error error;
    const size_t x = 0, seeds = test_rounds(quick, 20);
    ck_assert_msg(crease_csv_load("tests/data/e_cons_train.csv", NULL, &table, &error) == CREASE_OK, "%s",
                  error.message);
    ck_assert_int_eq(crease_data_from_table(table, &x, 1, 1, SIZE_MAX, &data, &storage, &error), CREASE_OK);
    size_t reached = 0;
    double worst = 0;
    for (size_t seed = 1; seed <= seeds; seed++) {
        crease_net *net = fitted(spec, &data, (crease_fit_options){.seed = seed});
        double percent = error_percent(net, consumption, 0, 5);
        reached += percent < .02 ? 1 : 0;
        worst = fmax(worst, percent);
        crease_net_free(net);
    }
    ck_assert_msg(10 * reached >= 9 * seeds, "%s: %zu of %zu seeds below .02 %%, worst %g", spec, reached,
                  seeds, worst);
    free(storage);
    crease_table_free(table);
}

START_TEST(consumption_is_learnt_with_an_affine_path) {
    consumption_is_learnt("affine+tanh:3+relu:1", 4);
}
END_TEST

START_TEST(consumption_is_learnt_without_an_affine_path) {
    consumption_is_learnt("tanh:4+relu:2", 2);
}
END_TEST

static const struct {
    const char *spec;
    truth *f;
    double lower, upper;
    size_t n;
    double percent;
} others[] = {
    {"affine+tanh:3+relu:1", consumption, 0, 3, 100, .03},
    {"affine+tanh:3+relu:1", value_function, -.2, .5, 300, .02},
    {"affine+tanh:3+relu:2", two_kinks, 0, 2, 300, .02},
    {"affine+tanh:2+relu^1.5:1", power_three_halves, 0, 3, 300, .001},
    {"affine+tanh:2+relu^.5:1", root_to_the_left, 0, 3, 300, .001},
};

/* eight starts: fewer than a default run, so that the starts matter more */
START_TEST(other_kinks_are_learnt) {
    if (test_leaves_out((size_t)_i))
        return;
    sample s;
    draw(&s, others[_i].f, others[_i].lower, others[_i].upper, others[_i].n, 0, 5);
    crease_net *net = fitted(others[_i].spec, &s.data, (crease_fit_options){.starts = 8});
    double percent = error_percent(net, others[_i].f, others[_i].lower, others[_i].upper);
    ck_assert_msg(percent < others[_i].percent, "%s, case %d: %g %%", others[_i].spec, _i, percent);
    crease_net_free(net);
}
END_TEST

START_TEST(the_kink_of_a_single_start_is_the_kink) {
    for (uint64_t seed = 1; seed <= test_rounds(4, 50); seed++) {
        sample s;
        draw(&s, consumption, 0, 5, 300, 0, seed);
        crease_net *net = fitted("affine+tanh:3+relu:1", &s.data, (crease_fit_options){.starts = 1});
        crease_kink *kink;
        size_t count;
        ck_assert_int_eq(crease_fit_kinks(net, &s.data, &kink, &count, NULL), CREASE_OK);
        ck_assert_msg(count == 1 && fabs(kink[0].x - consumption_kink()) < .05,
                      "seed %llu: %zu kinks, the first at %g", (unsigned long long)seed, count,
                      count ? kink[0].x : NAN);
        free(kink);
        crease_net_free(net);
    }
}
END_TEST

/* ---- the profile ---- */

static void place(sample *s, crease_hinge_place *hinge, size_t hinges) {
    ck_assert_int_eq(crease_place_hinges(&s->data, hinge, hinges, NULL), CREASE_OK);
}

static size_t rows_between(const sample *s, double a, double b) {
    size_t count = 0;
    for (size_t i = 0; i < s->data.n; i++)
        count += s->x[i] > fmin(a, b) && s->x[i] < fmax(a, b) ? 1 : 0;
    return count;
}

START_TEST(the_profile_finds_kinks_between_curved_sides) {
    for (uint64_t seed = 1; seed <= test_rounds(5, 100); seed++) {
        sample s;
        crease_hinge_place one = {.power = 1}, two[2] = {{.power = 1}, {.power = 1}}, root = {.power = .5};
        draw(&s, consumption, 0, 5, 300, 0, seed);
        place(&s, &one, 1);
        ck_assert_msg(one.placed && rows_between(&s, one.corner, consumption_kink()) < 2, "seed %llu: %g",
                      (unsigned long long)seed, one.corner);
        draw(&s, two_kinks, 0, 2, 300, 0, seed);
        place(&s, two, 2);
        double first = fmin(two[0].corner, two[1].corner), second = fmax(two[0].corner, two[1].corner);
        ck_assert_msg(two[0].placed && two[1].placed && fabs(first - .613) < 1e-3 &&
                          fabs(second - 1.417) < 1e-3,
                      "seed %llu: %g, %g", (unsigned long long)seed, first, second);
        draw(&s, root_to_the_left, 0, 3, 300, 0, seed);
        place(&s, &root, 1);
        ck_assert_msg(root.placed && root.falls && fabs(root.corner - 1.3) < 1e-4, "seed %llu: %g",
                      (unsigned long long)seed, root.corner);
    }
}
END_TEST

/* The rate of false kinks: with 20 sets each, two or more would be rare even at a level of 1 %. */
START_TEST(the_profile_finds_no_kink_in_smooth_noisy_data) {
    truth *const smooth[] = {smooth_sine, smooth_exp};
    for (size_t k = 0; k < 2; k++) {
        size_t placed = 0, sets = test_rounds(20, 500);
        for (uint64_t seed = 1; seed <= sets; seed++) {
            sample s;
            crease_hinge_place one = {.power = 1};
            draw(&s, smooth[k], 0, 2, 200, .05, seed);
            place(&s, &one, 1);
            placed += one.placed ? 1 : 0;
        }
        ck_assert_msg(20 * placed <= sets, "function %zu: %zu of %zu", k, placed, sets);
    }
}
END_TEST

/* ---- what must not happen ---- */

static double slope_and_tanh(double x) {
    return 2 * x + tanh(3 * x - .5);
}
static double tanh_and_kink(double x) {
    return tanh(2 * x) + fabs(x - .3);
}

/* Without an affine path the relu is the line; beyond the data it stays one. */
START_TEST(a_hinge_that_serves_as_a_line_continues_beyond_the_data) {
    for (uint64_t seed = 1; seed <= test_rounds(10, 100); seed++) {
        sample s;
        draw(&s, slope_and_tanh, -1, 1, 100, 0, seed);
        crease_net *net = fitted("tanh:1+relu:1", &s.data, (crease_fit_options){.seed = seed});
        for (double x = -1.4; x < 1.5; x += .4)
            ck_assert_msg(fabs(value(net, x) - slope_and_tanh(x)) < 1e-3, "seed %llu: %g at %g, not %g",
                          (unsigned long long)seed, value(net, x), x, slope_and_tanh(x));
        crease_net_free(net);
    }
}
END_TEST

/* tanh:4+relu:2 on rows that leave gaps: the best training error belongs to ends that bend in a gap. */
START_TEST(no_unit_bends_where_no_row_sees_it) {
    const uint64_t seeds[] = {1001, 1004, 1011};
    for (size_t k = 0; k < test_rounds(1, 3); k++) {
        sample s;
        draw(&s, consumption, 0, 5, 120, 0, seeds[k]);
        crease_net *net = fitted("tanh:4+relu:2", &s.data, (crease_fit_options){.starts = 12});
        crease_kink *kink;
        size_t count;
        ck_assert_int_eq(crease_fit_kinks(net, &s.data, &kink, &count, NULL), CREASE_OK);
        for (size_t i = 0; i < count; i++) {
            size_t left = 0, between = 0;
            for (size_t row = 0; row < s.data.n; row++) {
                left += s.x[row] < kink[i].x ? 1 : 0;
                between += i > 0 && s.x[row] > kink[i - 1].x && s.x[row] < kink[i].x ? 1 : 0;
            }
            ck_assert_msg(left >= 3 && s.data.n - left >= 3 && (i == 0 || between >= 3),
                          "set %llu: a kink at %g with too few rows beside it", (unsigned long long)seeds[k],
                          kink[i].x);
        }
        free(kink);
        crease_net_free(net);
    }
}
END_TEST

/* Units of x and y do not matter, nor do rows of weight 0, nor the number of threads. */
START_TEST(a_function_that_the_net_can_be_is_found_in_any_units) {
    const double scale_x[] = {1, 1e-9, -1e12}, scale_y[] = {1, -1e15, 1e-12};
    for (size_t k = 0; k < 3; k++) {
        sample s;
        draw(&s, tanh_and_kink, -1, 1, 150, 0, 3);
        for (size_t i = 0; i < s.data.n; i++) {
            s.weight[i] = i % 10 ? 1 + (double)(i % 3) : 0;
            s.y[i] = s.weight[i] > 0 ? scale_y[k] * s.y[i] : 7 * scale_y[k];
            s.x[i] = scale_x[k] * (s.x[i] + 5);
        }
        s.data.weight = s.weight;
        crease_net *net =
            fitted("affine+tanh:1+relu:1", &s.data, (crease_fit_options){.starts = 8, .threads = 1});
        crease_net *threaded =
            fitted("affine+tanh:1+relu:1", &s.data, (crease_fit_options){.starts = 8, .threads = 3});
        for (double x = -.95; x < 1; x += .1) {
            double y = value(net, scale_x[k] * (x + 5)) / scale_y[k];
            ck_assert_msg(fabs(y - tanh_and_kink(x)) < 1e-6, "units %zu: %g at %g, not %g", k, y, x,
                          tanh_and_kink(x));
            ck_assert(value(threaded, scale_x[k] * (x + 5)) / scale_y[k] == y);
        }
        crease_net_free(net);
        crease_net_free(threaded);
    }
}
END_TEST

START_TEST(poor_data_are_fitted_too) {
    const double x[] = {1, 1, 1, 2, 2, 3, 3, 3, 3, 4, 4, 5, 6, 7, 7, 7, 7, 8, 8, 8};
    double y[20], constant[20];
    for (size_t i = 0; i < 20; i++) {
        y[i] = x[i] * x[i] + (i % 2 ? .1 : -.1);
        constant[i] = 3;
    }
    for (size_t rows = 1; rows <= 20; rows += rows < 3 ? 1 : 17) {
        const crease_data ties = {rows, 1, 1, x, y, NULL}, flat = {rows, 1, 1, x, constant, NULL};
        const char *const specs[] = {"tanh:2+relu:1", "affine+silu:1+relu^.5:2", "sigmoid:1+leaky:1+prelu:1"};
        for (size_t k = 0; k < 3; k++) {
            crease_net_free(fitted(specs[k], &ties, (crease_fit_options){.starts = 3}));
            crease_net *net = fitted(specs[k], &flat, (crease_fit_options){.starts = 3});
            ck_assert(fabs(value(net, x[0]) - 3) < 1e-9);
            crease_net_free(net);
        }
    }
}
END_TEST

Suite *test_hybrid(void) {
    Suite *suite = suite_create("hybrid");
    TCase *learn = tcase_create("default runs"), *profile = tcase_create("profile"),
          *must = tcase_create("must not");
    tcase_set_timeout(learn, 600);
    tcase_set_timeout(profile, 600);
    tcase_set_timeout(must, 600);
    tcase_add_test(learn, consumption_is_learnt_with_an_affine_path);
    tcase_add_test(learn, consumption_is_learnt_without_an_affine_path);
    tcase_add_loop_test(learn, other_kinks_are_learnt, 0, sizeof others / sizeof *others);
    tcase_add_test(learn, the_kink_of_a_single_start_is_the_kink);
    tcase_add_test(profile, the_profile_finds_kinks_between_curved_sides);
    tcase_add_test(profile, the_profile_finds_no_kink_in_smooth_noisy_data);
    tcase_add_test(must, a_hinge_that_serves_as_a_line_continues_beyond_the_data);
    tcase_add_test(must, no_unit_bends_where_no_row_sees_it);
    tcase_add_test(must, a_function_that_the_net_can_be_is_found_in_any_units);
    tcase_add_test(must, poor_data_are_fitted_too);
    suite_add_tcase(suite, learn);
    suite_add_tcase(suite, profile);
    suite_add_tcase(suite, must);
    return suite;
}
