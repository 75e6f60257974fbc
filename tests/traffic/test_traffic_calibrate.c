/* Calibration: parameters, counts against Newell's formula and closed forms, recovery of known fluxes, time held out. */
#include "crease/random.h"
#include "support/suites.h"
#include "traffic/calibrate/calibrate.h"
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES = 5, MINUTES = 60 };

static const traffic_diagram triangle = {.family = TRAFFIC_PHYSICAL,
                                         .free_speed = 100,
                                         .jam_density = 130,
                                         .kinks = 1,
                                         .kink = {130. * 20 / 120},
                                         .slope_drop = {120}};

static double uniform(gsl_rng *random, double low, double high) {
    return low + (high - low) * gsl_rng_uniform(random);
}

/* Rows of a grid of flows (minutes x places), a minute each, as data. */
static void make_data(size_t minutes, size_t places, const double *x, const double *flow,
                      calibrate_data *data) {
    const size_t rows = minutes * places;
    double *memory = malloc(2 * rows * sizeof *memory);
    crease_error error;
    ck_assert_ptr_nonnull(memory);
    for (size_t i = 0; i < rows; i++) {
        memory[i] = (double)(i / places) / 60;
        memory[rows + i] = x[i % places];
    }
    ck_assert_msg(calibrate_data_new(rows, memory, memory + rows, flow, NULL, 1, data, &error) == CREASE_OK,
                  "%s", error.message);
    free(memory);
}

/* ---- parameters ---- */

static void random_theta(gsl_rng *random, size_t kinks, double *theta) {
    theta[0] = log(uniform(random, 50, 200));
    for (size_t i = 0; i < kinks; i++) {
        theta[1 + 2 * i] = log(uniform(random, 5, 100));
        theta[2 + 2 * i] = uniform(random, -2.5, 2.5);
    }
}

/* Any theta is a concave flux, zero at 0 and at the jam, positive between; and comes back from it. */
START_TEST(any_parameters_are_a_flux) {
    gsl_rng *random = crease_random_new(1, 0);
    for (uint64_t seed = 0; seed < 200; seed++) {
        const size_t kinks = 1 + seed % 5;
        double theta[CALIBRATE_MOST_PARAMETERS], back[CALIBRATE_MOST_PARAMETERS];
        traffic_diagram d, again;
        lwr_flux *flux = NULL;
        crease_random_set(random, 1, seed);
        random_theta(random, kinks, theta);
        ck_assert(calibrate_diagram(kinks, theta, &d));
        ck_assert_int_eq(calibrate_lwr_flux(&d, &flux, NULL), CREASE_OK);
        ck_assert_msg(flux->concave && !flux->why_unphysical, "seed %d: %s", (int)seed, flux->why_unphysical);
        ck_assert_double_eq_tol(flux->jam_density, d.jam_density, 1e-12 * d.jam_density);
        for (int i = 0; i <= 20; i++) {
            const double u = d.jam_density * i / 20;
            ck_assert_double_eq_tol(lwr_flux_at(flux, u), traffic_diagram_flow(&d, u), 1e-9);
            ck_assert(i == 0 || i == 20 || lwr_flux_at(flux, u) > 0);
        }
        ck_assert_int_eq(calibrate_from_flux(flux, &again, NULL), CREASE_OK);
        calibrate_theta(&d, theta);
        calibrate_theta(&again, back);
        for (size_t p = 0; p < 2 * kinks + 1; p++)
            ck_assert_msg(fabs(theta[p] - back[p]) < 1e-8, "seed %d, parameter %zu: %.17g, %.17g", (int)seed,
                          p, theta[p], back[p]);
        lwr_flux_free(flux);
    }
    gsl_rng_free(random);
    const double huge[] = {800, 0, 0};
    traffic_diagram d;
    ck_assert(!calibrate_diagram(1, huge, &d));
}
END_TEST

/* Two kinks close to one: the same flow but for near it. */
START_TEST(splitting_a_kink_keeps_the_flux) {
    traffic_diagram d = triangle;
    ck_assert_int_eq(calibrate_split(&d, 3, NULL), CREASE_OK);
    ck_assert_uint_eq(d.kinks, 3);
    for (double u = 0; u < 130; u += 1)
        if (fabs(u - triangle.kink[0]) > 5)
            ck_assert_double_eq_tol(traffic_diagram_flow(&d, u), traffic_diagram_flow(&triangle, u), 1e-10);
    crease_error error;
    ck_assert_int_eq(calibrate_split(&d, 2, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "3 kinks, more than the 2"));
}
END_TEST

/* ---- counts ---- */

/* Straight between minutes, from 0 on. */
static double count_at(const double *count, double minute) {
    if (minute <= 0)
        return count[0] + minute * (count[1] - count[0]);
    const size_t i = minute < MINUTES ? (size_t)minute : MINUTES - 1;
    return count[i] + (minute - (double)i) * (count[i + 1] - count[i]);
}

/* Newell (1993): N(x, t) = min(N_first(t - x/vf), N_last(t - (L - x)/w) + rho_j (L - x)), with a minute's flow coming in
 * that varies at random, and from some minute on less going out than comes. L/vf is whole minutes, so that the flow that
 * goes out is constant over each. */
START_TEST(counts_are_newells) {
    gsl_rng *random = crease_random_new(1, 0);
    for (uint64_t seed = 0; seed < 50; seed++) {
        double first[MINUTES + 1] = {0}, last[MINUTES + 1] = {0}, x[PLACES], flow[MINUTES * PLACES] = {0};
        const double vf = uniform(random, 70, 130), delay = 2, length = vf * delay / 60;
        crease_random_set(random, 2, seed);
        const double w = uniform(random, 10, 30), jam = uniform(random, 100, 180), drop = vf + w;
        const double before = uniform(random, .1, .5) * vf * w * jam / drop; /* initial flow */
        const size_t begins = 20 + gsl_rng_uniform_int(random, 10);
        for (size_t i = 0; i < MINUTES; i++) {
            const double q = i == 0 ? before : before * uniform(random, .8, 1.2);
            first[i + 1] = first[i] + q / 60;
        }
        for (size_t i = 0; i < MINUTES; i++) {
            const double came = count_at(first, (double)i + 1 - delay) - count_at(first, (double)i - delay);
            last[i + 1] = last[i] + (i < begins ? came : before / 60 * uniform(random, .6, .75));
        }
        for (size_t j = 0; j < PLACES; j++)
            x[j] = j == 0            ? 0
                   : j + 1 == PLACES ? length
                                     : length * ((double)j + uniform(random, -.3, .3)) / (PLACES - 1);
        for (size_t i = 0; i < MINUTES; i++)
            for (size_t j = 0; j < PLACES; j++) /* those between matter in the first minute only */
                flow[i * PLACES + j] = j == 0            ? 60 * (first[i + 1] - first[i])
                                       : j + 1 == PLACES ? 60 * (last[i + 1] - last[i])
                                                         : before;
        /* N_last counts from 0, N_first had `between` more at first */
        const double between = before / vf * length;
        calibrate_data data;
        calibrate_model *model = NULL;
        double count[(MINUTES + 1) * PLACES];
        make_data(MINUTES, PLACES, x, flow, &data);
        const traffic_diagram d = {.family = TRAFFIC_PHYSICAL,
                                   .free_speed = vf,
                                   .jam_density = jam,
                                   .kinks = 1,
                                   .kink = {w * jam / drop},
                                   .slope_drop = {drop}};
        ck_assert_int_eq(calibrate_model_new(&data, &model, NULL), CREASE_OK);
        ck_assert_int_eq(calibrate_predict(model, &d, MINUTES, count, NULL), CREASE_OK);
        for (size_t i = 0; i <= MINUTES; i++) {
            if (count[i * PLACES] < first[i] - 1e-9)
                break; /* the queue has come to the entry */
            for (size_t j = 1; j + 1 < PLACES; j++) {
                const double there = x[j] / vf * 60, back = (length - x[j]) / w * 60, t = (double)i;
                const double from_first = count_at(first, t - there) + before / vf * x[j],
                             from_last = count_at(last, t - back) - between + jam * (length - x[j]) +
                                         before / vf * x[j];
                const double expected = t < back ? from_first : fmin(from_first, from_last);
                ck_assert_msg(fabs(count[i * PLACES + j] - expected) < 1e-8,
                              "seed %d, minute %zu, place %zu: %.12g, Newell %.12g", (int)seed, i, j,
                              count[i * PLACES + j], expected);
            }
        }
        calibrate_model_free(model);
        calibrate_data_clear(&data);
    }
    gsl_rng_free(random);
}
END_TEST

/* ---- slopes ---- */

/* A constant inflow q, and from minute 10 on only p < q leaves. A shock of speed (q - p)/(q/vf - rho_j + p/w) passes x at
 * t = 10 min + (L - x)(rho_j - p/w - q/vf)/(q - p), and the count there loses (q - p) of every hour since: it is
 *     constant + (L - x)(rho_j - p/w - q/vf),  vf = c (1 - s), w = c s,
 * whose slopes are those below; before the shock the count does not depend on the flux. */
START_TEST(slopes_are_those_of_a_shock) {
    const double q = 1500, p = 600, x[] = {0, .8, 2};
    double flow[MINUTES * 3], theta[3], slope[MINUTES * 3], noise, step;
    calibrate_data data;
    for (size_t i = 0; i < MINUTES; i++) {
        flow[3 * i] = flow[3 * i + 1] = q;
        flow[3 * i + 2] = i < 10 ? q : p;
    }
    make_data(MINUTES, 3, x, flow, &data);
    calibrate_theta(&triangle, theta);
    ck_assert_int_eq(calibrate_noise(&data, 1, MINUTES, theta, &noise, &step, NULL), CREASE_OK);
    ck_assert_double_lt(noise, 1e-9);
    const double way = 1.2, s = 1. / 6, density = 130 - p / 20 - q / 100,
                 passes = 10 + 60 * way * density / (q - p);
    const double exact[] = {way * 130, way * (p / 20 + q / 100), way * (p * (1 - s) / 20 - q * s / 100)};
    ck_assert_int_eq(calibrate_slopes(&data, 1, MINUTES, theta, step, slope, NULL), CREASE_OK);
    size_t after = 0;
    for (size_t i = 0; i < MINUTES && (double)i + 1 < 10 + 60 * 2 * density / (q - p);
         i++) /* until the entry is reached */
        for (size_t k = 0; k < 3; k++) {
            const bool passed = (double)i + 1 > passes;
            after += passed;
            ck_assert_msg(fabs(slope[3 * i + k] - (passed ? exact[k] : 0)) < 1e-5,
                          "minute %zu, parameter %zu: %.10g, not %.10g", i + 1, k, slope[3 * i + k],
                          passed ? exact[k] : 0);
        }
    ck_assert_uint_ge(after, 3);
    calibrate_data_clear(&data);
}
END_TEST

/* ---- recovery ---- */

/* 2 km before an exit that always lets out less than comes to it, counted by front tracking with this flux: a queue that
 * grows and shrinks and is never gone, so that flows at both ends are constant over each minute and the counts exact. */
static void count_with(const traffic_diagram *d, uint64_t seed, calibrate_data *data) {
    const double x[PLACES] = {0, .9, 1.3, 1.6, 2};
    double flow[MINUTES * PLACES], count[(MINUTES + 1) * PLACES];
    gsl_rng *random = crease_random_new(7, seed);
    calibrate_model *model = NULL;
    calibrate_data wanted;
    for (size_t i = 0; i < MINUTES; i++) {
        const double out = i % 30 < 8 ? 450 : i % 30 < 18 ? 1300 : 900;
        for (size_t j = 0; j < PLACES; j++)
            flow[i * PLACES + j] = j + 1 == PLACES ? out * uniform(random, .93, 1.07)
                                                   : 950 * (i == 0 ? 1 : uniform(random, .85, 1.15));
        flow[PLACES - 1] = 450;
    }
    make_data(MINUTES, PLACES, x, flow, &wanted);
    wanted.density = calloc(MINUTES * PLACES, sizeof(double)); /* free at first, up to the exit */
    ck_assert_ptr_nonnull(wanted.density);
    for (size_t j = 0; j < PLACES; j++)
        wanted.density[j] = 9.5;
    ck_assert_int_eq(calibrate_model_new(&wanted, &model, NULL), CREASE_OK);
    ck_assert_int_eq(calibrate_predict(model, d, MINUTES, count, NULL), CREASE_OK);
    for (size_t i = 0; i <= MINUTES; i++)
        for (size_t j = 0; j < PLACES; j += PLACES - 1)
            ck_assert_msg(fabs(count[i * PLACES + j] - wanted.count[i * PLACES + j]) < 1e-9,
                          "minute %zu: the queue is gone, or has come to the entry", i);
    for (size_t i = 0; i < MINUTES * PLACES; i++)
        flow[i] = 60 * (count[i + PLACES] - count[i]);
    make_data(MINUTES, PLACES, x, flow, data);
    data->density = wanted.density;
    wanted.density = NULL;
    calibrate_model_free(model);
    calibrate_data_clear(&wanted);
    gsl_rng_free(random);
}

static traffic_diagram elsewhere(const traffic_diagram *d) {
    double theta[CALIBRATE_MOST_PARAMETERS];
    traffic_diagram moved;
    calibrate_theta(d, theta);
    for (size_t p = 0; p < 2 * d->kinks + 1; p++)
        theta[p] += p % 2 ? .1 : -.1;
    ck_assert(calibrate_diagram(d->kinks, theta, &moved));
    return moved;
}

static void check_recovery(const traffic_diagram *truth, double tolerance) {
    calibrate_data data;
    calibrate_result result;
    crease_error error;
    const traffic_diagram start = elsewhere(truth);
    const calibrate_options options = {.train = MINUTES, .starts = 4, .seed = 1};
    double theta[CALIBRATE_MOST_PARAMETERS], fitted[CALIBRATE_MOST_PARAMETERS];
    count_with(truth, 1, &data);
    ck_assert_msg(calibrate_fit(&data, &start, &options, &result, &error) == CREASE_OK, "%s", error.message);
    calibrate_theta(truth, theta);
    calibrate_theta(&result.diagram, fitted);
    for (size_t p = 0; p < 2 * truth->kinks + 1; p++)
        ck_assert_msg(fabs(fitted[p] - theta[p]) < tolerance,
                      "%zu kinks, parameter %zu: %.12g, not %.12g; loss %g", truth->kinks, p, fitted[p],
                      theta[p], result.loss);
    calibrate_data_clear(&data);
}

/* Without noise every digit but the last few comes back. */
START_TEST(known_fluxes_come_back) {
    const traffic_diagram two = {.family = TRAFFIC_PHYSICAL, /* (14, 1400), (60, 1000), (130, 0) */
                                 .free_speed = 100,
                                 .jam_density = 130,
                                 .kinks = 2,
                                 .kink = {14, 60},
                                 .slope_drop = {100 + 400. / 46, 1000. / 70 - 400. / 46}};
    check_recovery(&triangle, 1e-7);
    check_recovery(&two, 1e-6);
}
END_TEST

/* Normal errors of the counts: the estimates scatter as the least-squares covariance says, s^2 (J'J)^-1 with slopes from
 * another step, so that sums of squared distances are chi-squared. */
START_TEST(noise_scatters_as_it_must) {
    enum { SEEDS = 12 };
    const double sigma = .5;
    double theta[3], slope[3 * MINUTES * (PLACES - 2)], normal[3][3] = {{0}}, sum = 0;
    calibrate_data data;
    gsl_rng *random = crease_random_new(9, 0);
    count_with(&triangle, 1, &data);
    calibrate_theta(&triangle, theta);
    ck_assert_int_eq(calibrate_slopes(&data, 1, MINUTES, theta, 3e-4, slope, NULL), CREASE_OK);
    for (size_t i = 0; i < MINUTES * (PLACES - 2); i++)
        for (size_t a = 0; a < 3; a++)
            for (size_t b = 0; b < 3; b++)
                normal[a][b] += slope[3 * i + a] * slope[3 * i + b];
    double *exact = malloc((MINUTES + 1) * PLACES * sizeof *exact);
    ck_assert_ptr_nonnull(exact);
    memcpy(exact, data.count, (MINUTES + 1) * PLACES * sizeof *exact);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        calibrate_result result;
        double fitted[3];
        const calibrate_options options = {.train = MINUTES, .starts = 1, .seed = 1};
        crease_random_set(random, 9, seed);
        for (size_t i = 1; i <= MINUTES; i++)
            for (size_t j = 1; j + 1 < PLACES; j++)
                data.count[i * PLACES + j] = exact[i * PLACES + j] + gsl_ran_gaussian(random, sigma);
        ck_assert_int_eq(calibrate_fit(&data, &triangle, &options, &result, NULL), CREASE_OK);
        calibrate_theta(&result.diagram, fitted);
        for (size_t a = 0; a < 3; a++)
            for (size_t b = 0; b < 3; b++)
                sum += (fitted[a] - theta[a]) * normal[a][b] * (fitted[b] - theta[b]) / (sigma * sigma);
    }
    const double share = gsl_cdf_chisq_P(sum, 3 * SEEDS);
    ck_assert_msg(share > 1e-4 && share < 1 - 1e-4, "sum of %d squared distances %g", SEEDS, sum);
    free(exact);
    calibrate_data_clear(&data);
    gsl_rng_free(random);
}
END_TEST

/* Whatever happens later, the fit has not seen it; what happens before, it has. */
START_TEST(later_time_is_not_seen) {
    enum { TRAIN = 35 };
    calibrate_data data[3];
    calibrate_result result[3];
    traffic_diagram diagram[3];
    const traffic_diagram start = elsewhere(&triangle);
    const calibrate_options options = {.train = TRAIN, .starts = 3, .seed = 1};
    gsl_rng *random = crease_random_new(11, 0);
    for (size_t k = 0; k < 3; k++) {
        count_with(&triangle, 1, &data[k]);
        for (size_t i = PLACES; i < MINUTES * PLACES; i++)
            data[k].density[i] = i % 7 < 4 ? data[k].flow[i] / 95 : 120 - data[k].flow[i] / 18;
        const size_t from = k == 1 ? TRAIN : k == 2 ? TRAIN - 1 : MINUTES;
        for (size_t i = from * PLACES; i < MINUTES * PLACES; i++) {
            data[k].flow[i] = uniform(random, 0, 3000);
            data[k].density[i] = uniform(random, 0, 100);
            data[k].count[i + PLACES] = data[k].count[i] + data[k].flow[i] / 60;
        }
        ck_assert_int_eq(calibrate_fit(&data[k], &start, &options, &result[k], NULL), CREASE_OK);
        ck_assert_int_eq(calibrate_diagram_fit(&data[k], TRAIN, 1, 1, &diagram[k], NULL), CREASE_OK);
    }
    ck_assert_mem_eq(&result[0].diagram, &result[1].diagram, sizeof result[0].diagram);
    ck_assert_mem_eq(&diagram[0], &diagram[1], sizeof diagram[0]);
    ck_assert_double_eq(result[0].loss, result[1].loss);
    ck_assert_double_ne(result[0].loss, result[2].loss);
    ck_assert_double_ne(diagram[0].jam_density, diagram[2].jam_density);
    for (size_t k = 0; k < 3; k++)
        calibrate_data_clear(&data[k]);
    gsl_rng_free(random);
}
END_TEST

/* ---- data ---- */

/* Lanes in any order add up; errors by hand. */
START_TEST(rows_become_a_grid) {
    enum { N = 3 * 2 * 2 };
    const double time[N] = {1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 1, 0}, x[N] = {5, 5, 2, 2, 3, 3, 5, 5, 2, 2, 3, 3},
                 flow[N] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    calibrate_data d;
    ck_assert_int_eq(calibrate_data_new(N, time, x, flow, flow, 3, &d, NULL), CREASE_OK);
    ck_assert_uint_eq(d.places, 3);
    ck_assert_uint_eq(d.intervals, 2);
    ck_assert_uint_eq(d.lanes, 6);
    const double expected[] = {13. / 6, 18. / 6, 9. / 6, 13. / 6, 16. / 6, 9. / 6};
    for (size_t i = 0; i < 6; i++) {
        ck_assert_double_eq_tol(d.flow[i], expected[i], 1e-15);
        ck_assert_double_eq_tol(d.density[i], expected[i], 1e-15);
        ck_assert_double_eq_tol(d.count[i + 3], expected[i] + (i > 2 ? expected[i - 3] : 0), 1e-15);
    }
    double count[9];
    calibrate_straight(&d, count);
    ck_assert_double_eq_tol(count[4], 13. / 6 * 2 / 3 + 9. / 6 / 3, 1e-15);
    const calibrate_score s = calibrate_compare(&d, count, 0, 1);
    ck_assert_double_eq_tol(s.count, 18. / 6 - count[4], 1e-14);
    ck_assert_double_eq_tol(s.flow, 18. / 6 - count[4], 1e-14);
    calibrate_data_clear(&d);
}
END_TEST

/* Anything that is missing is said, whichever row it is. */
START_TEST(gaps_are_refused) {
    enum { N = 4 * 3 };
    double time[N], x[N], flow[N];
    calibrate_data d;
    crease_error error;
    for (size_t out = 0; out < N; out++) {
        size_t rows = 0;
        for (size_t i = 0; i < N; i++)
            if (i != out) {
                time[rows] = (double)(i / 3);
                x[rows] = (double)(i % 3);
                flow[rows++] = 1;
            }
        ck_assert_msg(calibrate_data_new(rows, time, x, flow, NULL, 1, &d, &error) == CREASE_BAD_DATA,
                      "without row %zu", out);
    }
    for (size_t i = 0; i < N; i++) {
        time[i] = (double)(i / 3) + (i >= 9); /* an interval without any row */
        x[i] = (double)(i % 3);
        flow[i] = 1;
    }
    ck_assert_int_eq(calibrate_data_new(N, time, x, flow, NULL, 1, &d, &error), CREASE_BAD_DATA);
    ck_assert_ptr_nonnull(strstr(error.message, "counts must be complete"));
    flow[3] = -1;
    ck_assert_int_eq(calibrate_data_new(N, time, x, flow, NULL, 1, &d, &error), CREASE_BAD_DATA);
    flow[3] = NAN;
    ck_assert_int_eq(calibrate_data_new(N, time, x, flow, NULL, 1, &d, &error), CREASE_BAD_DATA);
    ck_assert_ptr_nonnull(strstr(error.message, "row 4"));
    ck_assert_int_eq(calibrate_data_new(1, time, x, flow, NULL, 1, &d, &error), CREASE_BAD_DATA);
    ck_assert_int_eq(calibrate_data_new(0, time, x, flow, NULL, 1, &d, &error), CREASE_BAD_DATA);
    ck_assert_int_eq(calibrate_data_new(3, time, x, (double[]){1, 1, 1}, NULL, 1, &d, &error),
                     CREASE_BAD_DATA);
}
END_TEST

/* No traffic, standing traffic, more than there is room for: counts stay finite and in order. */
START_TEST(odd_traffic_is_solved) {
    const double x[] = {0, 1, 2}, value[] = {0, 1e-300, 500, 1e6};
    for (size_t a = 0; a < 4; a++)
        for (size_t b = 0; b < 4; b++) {
            double flow[MINUTES * 3], count[(MINUTES + 1) * 3];
            calibrate_data data;
            calibrate_model *model = NULL;
            crease_error error;
            for (size_t i = 0; i < MINUTES * 3; i++)
                flow[i] = i % 3 == 2 ? value[b] : value[a];
            make_data(MINUTES, 3, x, flow, &data);
            ck_assert_int_eq(calibrate_model_new(&data, &model, NULL), CREASE_OK);
            ck_assert_msg(calibrate_predict(model, &triangle, MINUTES, count, &error) == CREASE_OK, "%s",
                          error.message);
            for (size_t i = 3; i < (MINUTES + 1) * 3; i++) {
                ck_assert_msg(count[i] >= count[i - 3] - 1e-9 &&
                                  count[i] <= data.count[i / 3 * 3] + 2 * 130 + 1e-9,
                              "in %g, out %g: %g", value[a], value[b], count[i]);
                ck_assert(i % 3 != 2 || count[i] <= data.count[i] + 1e-9 * (1 + data.count[i]));
            }
            calibrate_result result;
            const calibrate_options options = {.train = MINUTES, .starts = 1, .seed = 1};
            ck_assert_msg(calibrate_fit(&data, &triangle, &options, &result, &error) == CREASE_OK, "%s",
                          error.message);
            ck_assert(isfinite(result.loss));
            calibrate_model_free(model);
            calibrate_data_clear(&data);
        }
}
END_TEST

Suite *test_traffic_calibrate(void) {
    Suite *suite = suite_create("traffic calibrate");
    TCase *tcase = tcase_create("library");
    tcase_add_test(tcase, any_parameters_are_a_flux);
    tcase_add_test(tcase, splitting_a_kink_keeps_the_flux);
    tcase_add_test(tcase, counts_are_newells);
    tcase_add_test(tcase, slopes_are_those_of_a_shock);
    tcase_add_test(tcase, known_fluxes_come_back);
    tcase_add_test(tcase, noise_scatters_as_it_must);
    tcase_add_test(tcase, later_time_is_not_seen);
    tcase_add_test(tcase, rows_become_a_grid);
    tcase_add_test(tcase, gaps_are_refused);
    tcase_add_test(tcase, odd_traffic_is_solved);
    suite_add_tcase(suite, tcase);
    return suite;
}
