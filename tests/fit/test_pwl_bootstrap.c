/* Bootstrap: intervals from their replicates, replicates as fits of their own, and coverage. */
#include "crease/inference.h"
#include "crease/random.h"
#include "support/suites.h"
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { most_rows = 500 };

typedef struct sample {
    double x[most_rows], y[most_rows], weight[most_rows];
    crease_data data;
    crease_pwl *pwl; /* the best fit */
} sample;

static crease_pwl *fit(const crease_data *data, crease_knots_options options) {
    crease_knots_result result;
    crease_error error;
    options.work = -1;
    ck_assert_msg(crease_knots_fit(data, &options, &result, &error) == CREASE_OK, "%s", error.message);
    crease_pwl *pwl = result.pwl;
    result.pwl = NULL;
    crease_knots_result_clear(&result);
    return pwl;
}

/* Triangular diagram: 100 km/h up to 20 veh/km, capacity 2000 veh/h, jam at 150 veh/km; noise 5 % of the capacity. */
static double diagram(double density) {
    return density < 20 ? 100 * density : 2000. / 130 * (150 - density);
}
static void draw_diagram(sample *s, uint64_t stream, size_t n) {
    gsl_rng *rng = crease_random_new(17, stream);
    for (size_t i = 0; i < n; i++) {
        s->x[i] = 150 * gsl_rng_uniform(rng);
        s->y[i] = diagram(s->x[i]) + gsl_ran_gaussian(rng, 100);
        s->weight[i] = 1;
    }
    gsl_rng_free(rng);
    s->data = (crease_data){n, 1, 1, s->x, s->y, NULL};
    s->pwl = fit(&s->data, (crease_knots_options){.knots = 1});
}

static void draw_two_knots(sample *s, uint64_t stream, size_t n, double noise) {
    gsl_rng *rng = crease_random_new(18, stream);
    for (size_t i = 0; i < n; i++) {
        s->x[i] = 10 * gsl_rng_uniform(rng);
        s->weight[i] = gsl_ran_flat(rng, .5, 2);
        s->y[i] = s->x[i] - 2 * fmax(0, s->x[i] - 3) + 3 * fmax(0, s->x[i] - 7) +
                  gsl_ran_gaussian(rng, noise / sqrt(s->weight[i]));
    }
    gsl_rng_free(rng);
    s->data = (crease_data){n, 1, 1, s->x, s->y, s->weight};
    s->pwl = fit(&s->data, (crease_knots_options){.knots = 2});
}

static crease_pwl_inference bootstrap(const sample *s, crease_bootstrap_options options) {
    crease_pwl_inference inference;
    crease_error error;
    ck_assert_msg(crease_pwl_bootstrap(s->pwl, &s->data, &options, &inference, &error) == CREASE_OK, "%s",
                  error.message);
    return inference;
}

static double quantile(const double *sorted, size_t count, double q) {
    double place = q * (double)(count + 1) - 1;
    if (place <= 0)
        return sorted[0];
    if (place >= (double)count - 1)
        return sorted[count - 1];
    size_t below = (size_t)place;
    return sorted[below] + (place - (double)below) * (sorted[below + 1] - sorted[below]);
}

/* Column j of the replicates, sorted. */
static double *column(const crease_pwl_inference *inference, size_t j) {
    size_t count = inference->replicate_count, width = 3 * inference->knot_count + 1;
    double *value = malloc(count * sizeof *value);
    for (size_t r = 0; r < count; r++)
        value[r] = inference->replicate[r * width + j];
    gsl_sort(value, 1, count);
    return value;
}

START_TEST(intervals_are_those_of_the_replicates) {
    static sample s;
    draw_diagram(&s, 1, 120);
    for (int kind = 0; kind < 3; kind++) {
        crease_pwl_inference b =
            bootstrap(&s, (crease_bootstrap_options){
                              .replicates = 399, .interval = (crease_bootstrap_interval)kind, .seed = 2});
        ck_assert(b.replicate_count == 399 && b.failed == 0 && b.knot_count == 1 && b.level == .95);
        for (size_t j = 0; j < 4; j++) {
            double *sorted = column(&b, j), mean = 0, square = 0, value = b.knot[j].value;
            for (size_t r = 0; r < 399; r++)
                mean += sorted[r] / 399;
            for (size_t r = 0; r < 399; r++)
                square += pow(sorted[r] - mean, 2);
            ck_assert_double_eq_tol(b.knot[j].standard_error, sqrt(square / 398), 1e-9);
            ck_assert_double_eq_tol(b.covariance[5 * j], square / 398, 1e-9 * square);
            double low = sorted[9], high = sorted[389]; /* (399 + 1) 2.5 % = 10th, 390th */
            if (kind == CREASE_INTERVAL_BASIC) {
                low = 2 * value - sorted[389];
                high = 2 * value - sorted[9];
            } else if (kind == CREASE_INTERVAL_BCA) {
                double below = 0, sum = 0, two = 0, three = 0, left_out[120], mean_out = 0;
                for (size_t r = 0; r < 399; r++)
                    below += sorted[r] < value;
                for (size_t i = 0; i < 120; i++) { /* leave one out, by the global fit */
                    s.data.weight = s.weight;
                    s.weight[i] = 0;
                    crease_pwl *pwl = fit(&s.data, (crease_knots_options){.knots = 1});
                    s.weight[i] = 1;
                    left_out[i] = j == 0   ? pwl->x[0]
                                  : j == 1 ? pwl->y[0]
                                  : j == 2 ? pwl->slope_left
                                           : pwl->slope_right;
                    crease_pwl_free(pwl);
                    mean_out += left_out[i] / 120;
                }
                s.data.weight = NULL;
                for (size_t i = 0; i < 120; i++) {
                    sum = mean_out - left_out[i];
                    two += sum * sum;
                    three += sum * sum * sum;
                }
                double bias = gsl_cdf_ugaussian_Pinv(below / 399), a = three / 6 / pow(two, 1.5);
                double z[2] = {bias + gsl_cdf_ugaussian_Pinv(.025), bias + gsl_cdf_ugaussian_Pinv(.975)};
                low = quantile(sorted, 399, gsl_cdf_ugaussian_P(bias + z[0] / (1 - a * z[0])));
                high = quantile(sorted, 399, gsl_cdf_ugaussian_P(bias + z[1] / (1 - a * z[1])));
            }
            ck_assert_double_eq_tol(b.knot[j].interval.low, low, 1e-6 * b.knot[j].standard_error);
            ck_assert_double_eq_tol(b.knot[j].interval.high, high, 1e-6 * b.knot[j].standard_error);
            free(sorted);
        }
        crease_pwl_inference_clear(&b);
    }
    crease_pwl_free(s.pwl);
}
END_TEST

/* Many rows: all ways to resample and the delta method agree; two knots as well as one. */
START_TEST(standard_errors_agree_with_the_delta_method) {
    static sample s;
    for (int knots = 1; knots <= 2; knots++)
        for (int way = 0; way < 2; way++)
            for (size_t block = 0; block <= 10; block += 10) {
                crease_pwl_inference delta;
                if (knots == 1)
                    draw_diagram(&s, 5, most_rows);
                else
                    draw_two_knots(&s, 5, most_rows, .4);
                ck_assert_int_eq(crease_pwl_delta(s.pwl, &s.data, 0, &delta, NULL), CREASE_OK);
                crease_pwl_inference b = bootstrap(
                    &s, (crease_bootstrap_options){
                            .resample = (crease_resample)way, .block = block, .replicates = 399, .seed = 3});
                for (size_t j = 0; j < 3 * (size_t)knots + 1; j++) {
                    double ratio = b.knot[j].standard_error / delta.knot[j].standard_error;
                    ck_assert_msg(ratio > .75 && ratio < 1.33, "%d knots, way %d, block %d, number %d: %g",
                                  knots, way, (int)block, (int)j, ratio);
                    ck_assert(b.knot[j].value == delta.knot[j].value);
                }
                crease_pwl_inference_clear(&b);
                crease_pwl_inference_clear(&delta);
                crease_pwl_free(s.pwl);
            }
}
END_TEST

/* A replicate of residuals is a fit to values: where all residuals are equal in size, resampling signs. Here: with exact
 * data every replicate is the function itself, whatever is drawn. */
START_TEST(replicates_of_exact_data_are_the_function) {
    static sample s;
    for (int knots = 1; knots <= 3; knots++)
        for (int way = 0; way < 2; way++) {
            double x[3] = {2, 5, 8}, y[3] = {1, -2, 3};
            crease_pwl truth = {(size_t)knots, x, y, 2, -.5, 0};
            for (size_t i = 0; i < 200; i++) {
                s.x[i] = 10 * (double)((i * 77) % 200) / 200;
                s.y[i] = crease_pwl_evaluate(&truth, s.x[i]);
            }
            s.data = (crease_data){200, 1, 1, s.x, s.y, NULL};
            s.pwl = &truth;
            crease_pwl_inference b =
                bootstrap(&s, (crease_bootstrap_options){.resample = (crease_resample)way, .replicates = 99});
            ck_assert_uint_eq(b.replicate_count, 99);
            for (size_t j = 0; j < 3 * (size_t)knots + 1; j++)
                ck_assert_msg(b.knot[j].interval.high - b.knot[j].interval.low < 1e-9 &&
                                  fabs(b.knot[j].interval.low - b.knot[j].value) < 1e-9,
                              "%d knots, way %d, number %d: %g .. %g", knots, way, (int)j,
                              b.knot[j].interval.low, b.knot[j].interval.high);
            crease_pwl_inference_clear(&b);
        }
}
END_TEST

/* Shapes go through the polish: no replicate breaks them. */
START_TEST(shapes_hold_in_every_replicate) {
    static sample s;
    const double limits[2] = {0, INFINITY};
    draw_diagram(&s, 7, 60);
    crease_pwl_free(s.pwl);
    crease_knots_options shape = {.knots = 2, .curvature = CREASE_CONCAVE, .slope_limits = limits};
    s.pwl = fit(&s.data, shape);
    crease_pwl_inference b = bootstrap(&s, (crease_bootstrap_options){.replicates = 49, .fit = &shape});
    ck_assert_uint_ge(b.replicate_count, 30);
    for (size_t r = 0; r < b.replicate_count; r++) {
        const double *slope = b.replicate + r * 7 + 4;
        ck_assert(slope[0] >= slope[1] - 1e-9 && slope[1] >= slope[2] - 1e-9 && slope[2] >= -1e-9);
    }
    crease_pwl_inference_clear(&b);
    crease_pwl_free(s.pwl);
}
END_TEST

static size_t called;
static bool at_once(void *context) {
    (void)context;
    return true;
}
static void count(size_t done, size_t total, void *context) {
    (void)context;
    called += done <= total;
}

START_TEST(the_digits_depend_on_the_seed_alone) {
    static sample s;
    draw_two_knots(&s, 2, 200, .4);
    crease_pwl_inference b[4];
    for (size_t i = 0; i < 4; i++)
        b[i] = bootstrap(&s, (crease_bootstrap_options){
                                 .replicates = 60, .seed = i == 2, .threads = 1 + i % 2, .progress = count});
    size_t size = 60 * 7 * sizeof(double);
    ck_assert(memcmp(b[0].replicate, b[1].replicate, size) == 0 &&
              memcmp(b[0].replicate, b[3].replicate, size) == 0);
    ck_assert(memcmp(b[0].replicate, b[2].replicate, size) != 0);
    ck_assert_uint_eq(called, 240);
    for (size_t i = 0; i < 4; i++)
        crease_pwl_inference_clear(&b[i]);
    b[0] = bootstrap(&s, (crease_bootstrap_options){.interrupted = at_once});
    ck_assert(b[0].interrupted && b[0].replicate_count == 0 && b[0].knot[0].why &&
              isnan(b[0].knot[0].interval.low));
    crease_pwl_inference_clear(&b[0]);
    crease_pwl_free(s.pwl);
}
END_TEST

START_TEST(few_rows_give_few_replicates_and_a_reason) {
    double x[6] = {0, 1, 2, 3, 4, 5}, y[6] = {0, 1.1, 1.9, 2.2, .9, .1};
    static sample s;
    s.data = (crease_data){6, 1, 1, x, y, NULL};
    s.pwl = fit(&s.data, (crease_knots_options){.knots = 1});
    crease_pwl_inference b = bootstrap(&s, (crease_bootstrap_options){.replicates = 200});
    ck_assert_uint_eq(b.failed + b.replicate_count, 200); /* all six distinct: 1.5 % of the resamples */
    ck_assert(b.replicate_count < 20 && strstr(b.knot[0].why, "resamples"));
    crease_pwl_inference_clear(&b);
    crease_pwl_free(s.pwl);
    s.pwl = fit(&s.data, (crease_knots_options){0});
    b = bootstrap(&s, (crease_bootstrap_options){.replicates = 50}); /* a line has a slope */
    ck_assert(b.knot_count == 0 && b.replicate_count >= 49 && b.slope[0].standard_error > 0);
    crease_pwl_inference_clear(&b);
    crease_pwl_free(s.pwl);
}
END_TEST

/* Rows in time, x going up and down slowly, noise AR(1) with coefficient .8: rows one by one say far too little. */
START_TEST(blocks_see_correlated_noise) {
    enum { sets = 40, n = 400 };
    static sample s;
    double spread = 0, mean = 0, blocks = 0, single = 0;
    for (size_t i = 0; i < sets; i++) {
        gsl_rng *rng = crease_random_new(41, i);
        double noise = 0;
        for (size_t r = 0; r < n; r++) {
            noise = .8 * noise + gsl_ran_gaussian(rng, 60);
            s.x[r] = 75 - 75 * cos((double)r / 40) + gsl_rng_uniform(rng);
            s.y[r] = diagram(s.x[r]) + noise;
        }
        gsl_rng_free(rng);
        s.data = (crease_data){n, 1, 1, s.x, s.y, NULL};
        s.pwl = fit(&s.data, (crease_knots_options){.knots = 1});
        crease_pwl_inference one = bootstrap(&s, (crease_bootstrap_options){.replicates = 199, .seed = i});
        crease_pwl_inference more =
            bootstrap(&s, (crease_bootstrap_options){.replicates = 199, .seed = i, .block = 20});
        single += (one.slope[1].interval.high - one.slope[1].interval.low) / 3.92 / sets;
        blocks += (more.slope[1].interval.high - more.slope[1].interval.low) / 3.92 / sets;
        mean += s.pwl->slope_right / sets;
        spread += pow(s.pwl->slope_right, 2) / sets;
        crease_pwl_inference_clear(&one);
        crease_pwl_inference_clear(&more);
        crease_pwl_free(s.pwl);
    }
    spread = sqrt(spread - mean * mean);
    ck_assert_msg(single / spread < .7, "rows: %g of the spread", single / spread);
    ck_assert_msg(blocks / spread > .65 && blocks / spread < 1.4, "blocks: %g of the spread",
                  blocks / spread);
}
END_TEST

/* The kink at 20 veh/km: long, 1000 data sets and 999 replicates, 93 to 97 %; quick, what so few sets can tell. */
static void check_coverage(crease_resample way, const char *name) {
    static sample s;
    size_t sets = test_cases(40, 1000), replicates = test_cases(99, 999);
    double covered = 0, delta = 0;
    for (size_t i = 0; i < sets; i++) {
        crease_pwl_inference b;
        draw_diagram(&s, 100 + i, most_rows);
        ck_assert_int_eq(crease_pwl_delta(s.pwl, &s.data, 0, &b, NULL), CREASE_OK);
        delta += b.knot[0].interval.low <= 20 && 20 <= b.knot[0].interval.high;
        crease_pwl_inference_clear(&b);
        b = bootstrap(&s, (crease_bootstrap_options){.replicates = replicates, .seed = i, .resample = way});
        covered += b.knot[0].interval.low <= 20 && 20 <= b.knot[0].interval.high;
        crease_pwl_inference_clear(&b);
        crease_pwl_free(s.pwl);
    }
    double n = (double)sets, within = sets >= 1000 ? .02 : .03 + 3 * sqrt(.95 * .05 / n);
    printf("coverage of the kink, %d data sets: %s %.3f, delta method %.3f\n", (int)sets, name, covered / n,
           delta / n);
    ck_assert_msg(fabs(covered / n - .95) <= within, "%s: %g", name, covered / n);
}

START_TEST(resampled_pairs_cover_the_kink) {
    check_coverage(CREASE_RESAMPLE_PAIRS, "pairs");
}
END_TEST

START_TEST(resampled_residuals_cover_the_kink) {
    check_coverage(CREASE_RESAMPLE_RESIDUALS, "residuals");
}
END_TEST

Suite *test_pwl_bootstrap(void) {
    Suite *suite = suite_create("pwl_bootstrap");
    TCase *tests = tcase_create("pwl_bootstrap");
    tcase_add_test(tests, intervals_are_those_of_the_replicates);
    tcase_add_test(tests, standard_errors_agree_with_the_delta_method);
    tcase_add_test(tests, replicates_of_exact_data_are_the_function);
    tcase_add_test(tests, shapes_hold_in_every_replicate);
    tcase_add_test(tests, the_digits_depend_on_the_seed_alone);
    tcase_add_test(tests, few_rows_give_few_replicates_and_a_reason);
    tcase_add_test(tests, blocks_see_correlated_noise);
    suite_add_tcase(suite, tests);
    TCase *coverage = tcase_create("coverage");
    tcase_set_timeout(coverage, 1800); /* a minute alone on a machine, more beside other work */
    tcase_add_test(coverage, resampled_pairs_cover_the_kink);
    tcase_add_test(coverage, resampled_residuals_cover_the_kink);
    suite_add_tcase(suite, coverage);
    return suite;
}
