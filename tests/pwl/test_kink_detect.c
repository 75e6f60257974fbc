/* Kinks in data: curves whose kinks are known in closed form, on many ranges and grids; curves that have none; and, by
 * simulation, how often noise alone makes a kink, how often one is found, and how often its interval holds it. */
#include "crease/kinks.h"
#include "crease/random.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 5000 };

typedef struct sample {
    size_t n;
    double x[MOST], y[MOST], weight[MOST];
    bool weighted;
    crease_detected_kink *kink;
    size_t count;
    crease_kinks_summary summary;
} sample;

static sample s; /* a process a test */

/* Fewer simulations, which can reach no smaller p than this level. */
static const crease_kink_options quick = {.simulations = 99, .level = .011};

static void detect(const crease_kink_options *options) {
    crease_error error;
    crease_data data = {s.n, 1, 1, s.x, s.y, s.weighted ? s.weight : NULL};
    free(s.kink);
    crease_status status = crease_kinks_detect(&data, options, &s.kink, &s.count, &s.summary, &error);
    ck_assert_msg(status == CREASE_OK, "%s", error.message);
    ck_assert((s.kink == NULL) == (s.count == 0));
    for (size_t k = 0; k < s.count; k++) {
        ck_assert(k == 0 || s.kink[k].x > s.kink[k - 1].x);
        ck_assert(s.kink[k].ci95[0] <= s.kink[k].x && s.kink[k].x <= s.kink[k].ci95[1]);
        ck_assert(isnan(s.kink[k].p_value) == s.kink[k].noise_free);
        ck_assert_double_gt(s.kink[k].resolution, 0);
    }
    ck_assert(s.summary.reason[0] != '\0');
}

/* grid 0: even; 1: random; 2: denser on the left */
static void place(size_t n, double low, double high, int grid, gsl_rng *rng) {
    s.n = n;
    s.weighted = false;
    for (size_t i = 0; i < n; i++) {
        double u = (double)i / (double)(n - 1);
        u = grid == 1 ? gsl_rng_uniform(rng) : grid == 2 ? u * (.3 + .7 * u) : u;
        s.x[i] = low + (high - low) * u;
    }
}

static double span(const double *value, size_t n) {
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        low = fmin(low, value[i]);
        high = fmax(high, value[i]);
    }
    return high - low;
}

static void add_noise(double share, gsl_rng *rng) {
    double size = share * span(s.y, s.n);
    for (size_t i = 0; i < s.n; i++)
        s.y[i] += gsl_ran_gaussian(rng, size);
}

static void fill(double (*f)(double)) {
    for (size_t i = 0; i < s.n; i++)
        s.y[i] = f(s.x[i]);
}

/* ---- curves with kinks ---- */

static double crra(double a) {
    return -1 / (1 + (a < 0 ? 1.3 : 1.03) * a);
}

static double consumption(double m) {
    return fmin(m, .04 * m + .9398 * sqrt(m + .0435));
}

static double triangle(double r) {
    return fmin(100 * r, 2000. / 130 * (150 - r));
}

static double clip(double e) {
    return fmax(-1, fmin(1, 4 * e));
}

static double parabola_clamped(double r) {
    return fmax(0, 100 * r * (1 - r / 150));
}

/* (.96 m)^2 = .9398^2 (m + .0435) */
static double consumption_kink(void) {
    double q = .9398 * .9398 / (.96 * .96);
    return (q + sqrt(q * q + 4 * q * .0435)) / 2;
}

/* On random places a gap of many spacings may hide the kink: then it is said that the rows do not show it. */
START_TEST(crra_value_to_ten_digits) {
    size_t hidden = 0;
    for (uint64_t seed = 1; seed <= test_rounds(24, 2000); seed++) {
        gsl_rng *rng = crease_random_new(seed, 0);
        double low = gsl_ran_flat(rng, -.6, -.1), high = gsl_ran_flat(rng, .1, 2);
        place(300, low, high, (int)(seed % 3), rng);
        fill(crra);
        detect(NULL);
        if (s.count == 0 && seed % 3 == 1) {
            hidden++;
            continue;
        }
        ck_assert_msg(s.count == 1, "seed %lu: %zu kinks: %s", (unsigned long)seed, s.count,
                      s.summary.reason);
        double error = fabs(s.kink[0].x) / (high - low), ratio = s.kink[0].slope_left / s.kink[0].slope_right;
        ck_assert_msg(error < 1e-6 && fabs(ratio - 1.3 / 1.03) < 1e-4,
                      "seed %lu: %.3g of the range off, ratio %.9g", (unsigned long)seed, error, ratio);
        ck_assert_msg(fabs(s.kink[0].x) <= 10 * s.kink[0].standard_error + 1e-14,
                      "seed %lu: off by %.3g, said %.3g", (unsigned long)seed, s.kink[0].x,
                      s.kink[0].standard_error);
        ck_assert(s.summary.noise_free && s.summary.noise == 0);
        gsl_rng_free(rng);
    }
    ck_assert_msg(hidden <= test_cases(0, 40), "%zu kinks were not found", hidden);
}
END_TEST

START_TEST(known_curves_without_noise) {
    static const struct {
        double (*f)(double);
        double low, high;
        size_t kinks;
        double at[2], left[2], right[2];
    } known[] = {
        {consumption, 0, 5, 1, {0, 0}, {1, 0}, {.49999130, 0}},
        {triangle, 0, 150, 1, {20, 0}, {100, 0}, {-2000. / 130, 0}},
        {clip, -1, 1, 2, {-.25, .25}, {0, 4}, {4, 0}},
        {parabola_clamped, -30, 210, 2, {0, 150}, {0, -100}, {100, 0}},
        {fabs, -1, 1, 1, {0, 0}, {-1, 0}, {1, 0}},
    };
    double root = consumption_kink();
    for (size_t c = 0; c < sizeof known / sizeof *known; c++) {
        gsl_rng *rng = crease_random_new(c, 1);
        for (int grid = 0; grid < 2; grid++) {
            place(300, known[c].low, known[c].high, grid, rng);
            fill(known[c].f);
            detect(NULL);
            ck_assert_msg(s.count == known[c].kinks, "curve %zu, grid %d: %zu kinks", c, grid, s.count);
            for (size_t k = 0; k < s.count; k++) {
                double at = known[c].f == consumption ? root : known[c].at[k];
                double tall = fmax(fabs(known[c].left[k]), fabs(known[c].right[k]));
                ck_assert_msg(fabs(s.kink[k].x - at) < 1e-9 * (known[c].high - known[c].low),
                              "curve %zu, grid %d: %.15g", c, grid, s.kink[k].x);
                ck_assert(fabs(s.kink[k].slope_left - known[c].left[k]) < 1e-5 * tall);
                ck_assert(fabs(s.kink[k].slope_right - known[c].right[k]) < 1e-5 * tall);
                ck_assert(fabs(s.kink[k].y - known[c].f(at)) < 1e-9 * tall * (known[c].high - known[c].low));
            }
        }
        gsl_rng_free(rng);
    }
}
END_TEST

START_TEST(polylines_exactly) {
    for (uint64_t seed = 1; seed <= test_rounds(24, 2000); seed++) {
        gsl_rng *rng = crease_random_new(seed, 2);
        size_t kinks = 1 + seed % 4;
        double at[4], jump[4];
        for (size_t k = 0; k < kinks; k++) {
            at[k] = (double)(k + 1) / (double)(kinks + 1) + gsl_ran_flat(rng, -.08, .08);
            jump[k] = (gsl_rng_uniform(rng) < .5 ? -1 : 1) * gsl_ran_flat(rng, .2, 3);
        }
        place(200, 0, 1, (int)(seed % 2), rng);
        for (size_t i = 0; i < s.n; i++) {
            s.y[i] = 2 - s.x[i];
            for (size_t k = 0; k < kinks; k++)
                s.y[i] += jump[k] * fmax(0, s.x[i] - at[k]);
        }
        detect(NULL);
        ck_assert_msg(s.count == kinks, "seed %lu: %zu kinks, not %zu", (unsigned long)seed, s.count, kinks);
        for (size_t k = 0; k < kinks; k++) {
            ck_assert_msg(fabs(s.kink[k].x - at[k]) < 1e-11, "seed %lu: %.15g, not %.15g",
                          (unsigned long)seed, s.kink[k].x, at[k]);
            ck_assert(fabs(s.kink[k].slope_right - s.kink[k].slope_left - jump[k]) < 1e-9);
        }
        gsl_rng_free(rng);
    }
}
END_TEST

/* Near an end, near one another, and on a datum. */
START_TEST(awkward_places) {
    gsl_rng *rng = crease_random_new(1, 3);
    place(300, -1, 1, 0, rng);
    for (size_t i = 0; i < s.n; i++)
        s.y[i] = fmax(s.x[i], -.97) + sin(s.x[i]);
    detect(NULL);
    ck_assert_uint_eq(s.count, 1);
    ck_assert(fabs(s.kink[0].x + .97) < 1e-6);
    for (size_t i = 0; i < s.n; i++)
        s.y[i] = fabs(s.x[i] - .2) + 2 * fabs(s.x[i] - .23) + s.x[i] * s.x[i];
    detect(NULL);
    ck_assert_uint_eq(s.count, 2);
    ck_assert(fabs(s.kink[0].x - .2) < 1e-6 && fabs(s.kink[1].x - .23) < 1e-6);
    for (size_t i = 0; i < s.n; i++)
        s.y[i] = fabs(s.x[i] - s.x[120]) + exp(s.x[i]);
    detect(NULL);
    ck_assert_uint_eq(s.count, 1);
    ck_assert(fabs(s.kink[0].x - s.x[120]) < 1e-9);
    gsl_rng_free(rng);
}
END_TEST

/* From noise in the last digits to noise that hides the kink from its neighbours: the said error holds. */
START_TEST(any_noise) {
    static const double noise[] = {1e-14, 1e-12, 1e-10, 1e-8, 1e-6, 1e-5, 1e-4, 5e-4};
    size_t seeds = test_cases(3, 100), beyond = 0, total = 0;
    for (size_t c = 0; c < sizeof noise / sizeof *noise; c++)
        for (uint64_t seed = 1; seed <= seeds && !test_leaves_out(c); seed++) {
            gsl_rng *rng = crease_random_new(seed, 10 + c);
            place(300, 0, 5, (int)(seed % 3), rng);
            fill(consumption);
            add_noise(noise[c], rng);
            detect(&quick);
            ck_assert_msg(s.count == 1, "seed %lu, noise %g: %zu kinks", (unsigned long)seed, noise[c],
                          s.count);
            double error = fabs(s.kink[0].x - consumption_kink());
            ck_assert_msg(error < 6 * s.kink[0].standard_error + 1e-12,
                          "seed %lu, noise %g: off by %g, said %g", (unsigned long)seed, noise[c], error,
                          s.kink[0].standard_error);
            beyond += s.kink[0].x < s.kink[0].ci95[0];
            total++;
            gsl_rng_free(rng);
        }
    ck_assert_uint_le(beyond, total / 10);
}
END_TEST

/* ---- curves without ---- */

static double tanh5(double x) {
    return tanh(5 * x);
}

static double runge(double x) {
    return 1 / (1 + 25 * x * x);
}

static double odd_square(double x) { /* f'' jumps */
    return x * fabs(x);
}

static double power_half(double x) { /* f'' infinite */
    return pow(fabs(x), 1.5);
}

static double glued(double x) { /* a value function, C1 with a quadratic */
    return x < .3 ? -1 / (1 + x) : -1 / 1.3 + (x - .3) / 1.69 + 2 * (x - .3) * (x - .3);
}

static double softplus(double x) {
    return .03 * log1p(exp(x / .03));
}

static double line(double x) {
    return 2 * x + 1;
}

typedef struct smooth_curve {
    const char *name;
    double (*f)(double);
    double low, high;
} smooth_curve;

static const smooth_curve smooth[] = {
    {"sin", sin, -4, 7},         {"exp", exp, -3, 3},           {"tanh 5x", tanh5, -1, 1},
    {"Runge", runge, -1, 1},     {"x|x|", odd_square, -1, 1.1}, {"|x|^1.5", power_half, -1, 1.1},
    {"glued", glued, 0, 1},      {"softplus", softplus, -1, 1}, {"line", line, 0, 1},
    {"square root", sqrt, 0, 1},
};

START_TEST(none_on_smooth_curves) {
    static const double noise[] = {0, 1e-6, 1e-2};
    for (size_t c = 0; c < sizeof smooth / sizeof *smooth; c++)
        for (size_t k = 0; k < sizeof noise / sizeof *noise; k++)
            for (int grid = 0; grid < (noise[k] > 0 ? 1 : 3) && !test_leaves_out(c + k); grid++) {
                gsl_rng *rng = crease_random_new(k, 20 + c);
                place(300, smooth[c].low, smooth[c].high, grid, rng);
                fill(smooth[c].f);
                add_noise(noise[k], rng);
                detect(&quick);
                ck_assert_msg(s.count == 0, "%s, noise %g, grid %d: a kink at %g, p %g", smooth[c].name,
                              noise[k], grid, s.count ? s.kink[0].x : 0, s.count ? s.kink[0].p_value : 0);
                ck_assert(!s.summary.jump);
                gsl_rng_free(rng);
            }
}
END_TEST

/* Sums of waves down to a wave length of about a sixth of the range. */
static void fill_waves(gsl_rng *rng) {
    double fastest = gsl_ran_flat(rng, 1, 12), a[13], b[13];
    for (int j = 1; j <= 12; j++) {
        a[j] = gsl_ran_gaussian(rng, exp(-2 * j / fastest));
        b[j] = gsl_ran_gaussian(rng, exp(-2 * j / fastest));
    }
    for (size_t i = 0; i < s.n; i++) {
        s.y[i] = 0;
        for (int j = 1; j <= 12; j++)
            s.y[i] += a[j] * cos(M_PI * j * s.x[i]) + b[j] * sin(M_PI * j * s.x[i]);
    }
}

START_TEST(none_on_random_curves) {
    static const size_t rows[] = {60, 100, 300};
    for (uint64_t seed = 1; seed <= test_rounds(60, 5000); seed++) {
        gsl_rng *rng = crease_random_new(seed, 4);
        place(rows[seed % 3], 0, 1, (int)(seed / 3 % 3), rng);
        fill_waves(rng);
        detect(NULL);
        ck_assert_msg(s.count == 0, "seed %lu: a kink at %g in a smooth curve of %zu points",
                      (unsigned long)seed, s.count ? s.kink[0].x : 0, s.n);
        ck_assert_msg(!s.summary.jump, "seed %lu: a jump", (unsigned long)seed);
        gsl_rng_free(rng);
    }
}
END_TEST

/* f'' is constant but for jumps, as in the value function of a household that meets limits: f'' at the places
 * given, ascending, becomes the next of the values. */
static void fill_steps(size_t count, const double *at, const double *bend) {
    for (size_t i = 0; i < s.n; i++) {
        s.y[i] = sin(s.x[i]) / 4 + bend[0] * s.x[i] * s.x[i] / 2;
        for (size_t k = 0; k < count; k++)
            s.y[i] += (bend[k + 1] - bend[k]) * pow(fmax(0, s.x[i] - at[k]), 2) / 2;
    }
}

/* Two jumps of f'' in one gap: no row shows them apart, and they need no more curvature than is beside them. */
START_TEST(a_bend_as_curved_as_the_curve_is_none) {
    for (size_t n = 40; n <= 1000; n += 80) {
        if (test_leaves_out(n / 80))
            continue;
        double h = 1. / (double)(n - 1), middle = ((double)(n / 2) + .5) * h;
        const double at[] = {middle - .3 * h, middle + .3 * h}, bend[] = {2, 4.5, 2};
        place(n, 0, 1, 0, NULL);
        fill_steps(2, at, bend);
        detect(NULL);
        ck_assert_msg(s.count == 0, "%zu points: a kink at %g", n, s.count ? s.kink[0].x : 0);
        ck_assert_msg(fabs(s.summary.bend_x - middle) < h, "%zu points: %g", n, s.summary.bend_x);
        ck_assert(s.summary.bend_contrast < 1.5);
        ck_assert_ptr_nonnull(strstr(s.summary.reason, "beside it"));
        detect(&(crease_kink_options){.contrast = .1}); /* whoever knows better */
        ck_assert_uint_eq(s.count, 1);
        ck_assert(fabs(s.kink[0].x - middle) < .3 * h);
        ck_assert(fabs(s.kink[0].slope_right - s.kink[0].slope_left - .6 * h * 2.5) < .1 * h);
        for (size_t i = 0; i < n; i++) /* ten times as sharp is a kink */
            s.y[i] += 15 * h * fmax(0, s.x[i] - middle);
        detect(NULL);
        ck_assert_msg(s.count == 1, "%zu points: %s", n, s.summary.reason);
        ck_assert(isnan(s.summary.bend_x));
    }
}
END_TEST

/* Jumps of f'' at several places, with and without noise. */
START_TEST(none_where_only_curvature_jumps) {
    static const double noise[] = {0, 1e-6, 1e-4, 1e-2};
    static const size_t rows[] = {60, 150, 400};
    size_t seeds = test_rounds(24, 1000), found = 0;
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        gsl_rng *rng = crease_random_new(seed, 9);
        const size_t jumps = 1 + seed % 6;
        double at[6], bend[7];
        for (size_t k = 0; k <= jumps; k++) {
            bend[k] = gsl_ran_flat(rng, 1, 2.4);
            if (k < jumps)
                at[k] = ((double)k + gsl_ran_flat(rng, .1, .9)) / (double)jumps;
        }
        place(rows[seed % 3], 0, 1, (int)(seed / 3 % 3), rng);
        fill_steps(jumps, at, bend);
        add_noise(noise[seed % 4], rng);
        detect(&quick);
        ck_assert_msg(s.count == 0 || noise[seed % 4] > 0, "seed %lu: a kink at %g among %zu rows",
                      (unsigned long)seed, s.count ? s.kink[0].x : 0, s.n);
        found += s.count > 0;
        gsl_rng_free(rng);
    }
    double expected = .011 * .75 * (double)seeds;
    ck_assert_msg((double)found <= expected + 3 * sqrt(expected) + 1, "%zu of %zu", found, seeds);
}
END_TEST

/* Sums of squares of what noise of 1e-8 leaves must not drown in those of y. */
START_TEST(little_noise_makes_no_kinks) {
    for (uint64_t seed = 1; seed <= test_rounds(4, 100); seed++) {
        gsl_rng *rng = crease_random_new(seed, 11);
        const double noise = pow(10, -5 - gsl_ran_flat(rng, 0, 8));
        place(200, -1, 1, 0, rng);
        fill(clip);
        add_noise(noise, rng);
        detect(&quick);
        ck_assert_msg(s.count == 2, "seed %lu, noise %g: %zu kinks", (unsigned long)seed, noise, s.count);
        ck_assert(fabs(s.kink[0].x + .25) < 10 * noise && fabs(s.kink[1].x - .25) < 10 * noise);
        gsl_rng_free(rng);
    }
}
END_TEST

/* What the spacing cannot tell from a kink is called one, with the width below which it cannot. */
START_TEST(sharp_bend_has_its_resolution) {
    gsl_rng *rng = crease_random_new(1, 5);
    place(300, -1, 1.1, 0, rng);
    for (size_t i = 0; i < s.n; i++) {
        double z = s.x[i] / 5e-4;
        s.y[i] = 5e-4 * (z > 30 ? z : log1p(exp(z)));
    }
    detect(NULL);
    ck_assert_uint_eq(s.count, 1);
    ck_assert(s.kink[0].resolution > .9 * 2.1 / 299 && s.kink[0].resolution < 1.1 * 2.1 / 299);
    gsl_rng_free(rng);
}
END_TEST

START_TEST(jump_is_no_kink) {
    gsl_rng *rng = crease_random_new(1, 6);
    for (int noisy = 0; noisy < 2; noisy++) {
        place(300, -1, 1, 0, rng);
        for (size_t i = 0; i < s.n; i++)
            s.y[i] = s.x[i] < .1 ? s.x[i] : s.x[i] + 1;
        add_noise(noisy * .01, rng);
        detect(NULL);
        ck_assert_uint_eq(s.count, 0);
        ck_assert(s.summary.jump);
        ck_assert(fabs(s.summary.jump_x - .1) < .01);
        ck_assert(strstr(s.summary.reason, "jumps") != NULL);
        if (!noisy)
            ck_assert(fabs(s.summary.jump_size - 1) < 1e-9);
    }
    gsl_rng_free(rng);
}
END_TEST

/* ---- invariance ---- */

static void fill_noisy_abs(size_t n, double noise, uint64_t seed) {
    gsl_rng *rng = crease_random_new(seed, 7);
    place(n, 0, 1, 1, rng);
    for (size_t i = 0; i < n; i++)
        s.y[i] = fabs(s.x[i] - .4) + .5 * sin(2 * s.x[i]);
    add_noise(noise, rng);
    gsl_rng_free(rng);
}

START_TEST(units_do_not_matter) {
    static const double scale[][4] = {{1e3, 5, -2e-3, 7}, {1e-150, 0, 1e150, 0}, {-1, 0, 1, 0}};
    static const double noise[] = {0, 1e-6, .02};
    for (size_t c = 0; c < 3; c++)
        for (size_t t = 0; t < 3; t++) {
            if (test_leaves_out(c + t))
                continue;
            fill_noisy_abs(300, noise[c], 1);
            detect(&quick);
            ck_assert_msg(s.count == 1, "noise %g: %zu kinks: %s", noise[c], s.count, s.summary.reason);
            crease_detected_kink before = s.kink[0];
            const double *m = scale[t];
            for (size_t i = 0; i < s.n; i++) {
                s.x[i] = m[0] * s.x[i] + m[1];
                s.y[i] = m[2] * s.y[i] + m[3];
            }
            detect(&quick);
            ck_assert_msg(s.count == 1, "noise %g, units %zu: %zu kinks", noise[c], t, s.count);
            double moved = fabs((s.kink[0].x - m[1]) / m[0] - before.x);
            ck_assert_msg(moved <= 1e-11 + before.standard_error, "noise %g, units %zu: moved by %g",
                          noise[c], t, moved);
            double slope = m[0] > 0 ? s.kink[0].slope_left : s.kink[0].slope_right;
            ck_assert(fabs(slope * (m[0] / m[2]) - before.slope_left) <
                      1e-7 + before.slope_left_error + 1e-4 * (noise[c] > 0));
        }
}
END_TEST

/* A row twice is a row of twice the weight; order does not matter; rows of weight 0 do not count. */
START_TEST(rows_and_weights) {
    fill_noisy_abs(300, .02, 2);
    s.weighted = true;
    for (size_t i = 0; i < 300; i++)
        s.weight[i] = 1 + (double)(i % 3);
    detect(&quick);
    ck_assert_uint_eq(s.count, 1);
    crease_detected_kink weighted = s.kink[0];
    size_t n = 300;
    for (size_t i = 0; i < 300; i++)
        for (size_t copy = 0; copy < i % 3; copy++, n++) {
            s.x[n] = s.x[i];
            s.y[n] = s.y[i];
        }
    s.n = n;
    s.weighted = false;
    detect(&quick);
    ck_assert_uint_eq(s.count, 1);
    ck_assert(fabs(s.kink[0].x - weighted.x) < 1e-5 * weighted.standard_error);
    ck_assert(fabs(s.kink[0].standard_error / weighted.standard_error - 1) < 1e-6);
    s.weighted = true;
    for (size_t i = 0; i < n; i++)
        s.weight[i] = i < 300 ? 1 + (double)(i % 3) : 0;
    for (size_t i = 300; i < n; i++)
        s.y[i] = 1e6;
    for (size_t i = 0; i < n / 2; i++) { /* reverse the order */
        double *column[] = {s.x, s.y, s.weight};
        for (size_t c = 0; c < 3; c++) {
            double swap = column[c][i];
            column[c][i] = column[c][n - 1 - i];
            column[c][n - 1 - i] = swap;
        }
    }
    detect(&quick);
    ck_assert_uint_eq(s.count, 1);
    ck_assert_uint_eq(s.summary.rows, 300);
    ck_assert(fabs(s.kink[0].x - weighted.x) < 1e-5 * weighted.standard_error);
}
END_TEST

START_TEST(threads_and_seeds) {
    fill_noisy_abs(300, .02, 3);
    detect(&(crease_kink_options){.seed = 5, .threads = 1, .simulations = 130, .level = .02});
    ck_assert_uint_eq(s.count, 1);
    crease_detected_kink one = s.kink[0];
    crease_kinks_summary summary = s.summary;
    detect(&(crease_kink_options){.seed = 5, .threads = 3, .simulations = 130, .level = .02});
    ck_assert_uint_eq(s.count, 1);
    ck_assert(memcmp(&one, s.kink, sizeof one) == 0);
    ck_assert_uint_eq(summary.tests, s.summary.tests);
}
END_TEST

static bool always(void *unused) {
    (void)unused;
    return true;
}

START_TEST(interrupted_and_limited) {
    fill_noisy_abs(200, .03, 4);
    detect(&(crease_kink_options){.interrupted = always});
    ck_assert(s.count == 0 && s.summary.interrupted);
    gsl_rng *rng = crease_random_new(1, 8);
    place(300, -1, 1, 0, rng);
    fill(clip);
    detect(&(crease_kink_options){.max_kinks = 1});
    ck_assert_uint_eq(s.count, 1);
    gsl_rng_free(rng);
}
END_TEST

/* ---- data that cannot show a kink ---- */

START_TEST(too_little_data) {
    gsl_rng *rng = crease_random_new(1, 9);
    for (size_t n = 2; n < 30; n++) {
        place(n, 0, 1, 0, rng);
        for (size_t i = 0; i < n; i++)
            s.y[i] = fabs(s.x[i] - .45);
        detect(NULL);
        ck_assert(n >= 8 || (s.count == 0 && strstr(s.summary.reason, "too few")));
        ck_assert_msg(n < 14 || (s.count == 1 && fabs(s.kink[0].x - .45) < 1e-10), "%zu points", n);
    }
    place(50, 0, 1, 0, rng);
    for (size_t i = 0; i < 50; i++)
        s.y[i] = 3;
    detect(NULL);
    ck_assert(s.count == 0 && strstr(s.summary.reason, "constant"));
    for (size_t i = 0; i < 50; i++) {
        s.x[i] = 2;
        s.y[i] = (double)i;
    }
    detect(NULL);
    ck_assert(s.count == 0 && strstr(s.summary.reason, "too few"));
    s.n = 1;
    detect(NULL);
    ck_assert_uint_eq(s.count, 0);
    gsl_rng_free(rng);
}
END_TEST

START_TEST(refused) {
    crease_error error;
    crease_detected_kink *kink;
    crease_kinks_summary summary;
    size_t count;
    double x[] = {0, 1, 2, NAN}, y[] = {0, 1, 2, 3};
    crease_data data = {4, 1, 1, x, y, NULL};
    ck_assert_int_eq(crease_kinks_detect(&data, NULL, &kink, &count, &summary, &error), CREASE_BAD_DATA);
    data.n = 2;
    data.inputs = 2;
    ck_assert_int_eq(crease_kinks_detect(&data, NULL, &kink, &count, &summary, &error), CREASE_BAD_ARGUMENT);
    data.inputs = 1;
    crease_kink_options options = {.level = 1};
    ck_assert_int_eq(crease_kinks_detect(&data, &options, &kink, &count, &summary, &error),
                     CREASE_BAD_ARGUMENT);
    options = (crease_kink_options){.contrast = -1};
    ck_assert_int_eq(crease_kinks_detect(&data, &options, &kink, &count, &summary, &error),
                     CREASE_BAD_ARGUMENT);
    ck_assert(kink == NULL && count == 0);
}
END_TEST

/* ---- noise, by simulation ---- */

/* How often a kink is found at level .01 in smooth curves with noise: not beyond the level by three standard errors. */
START_TEST(size_of_the_test) {
    static const double noise[] = {.1, .01, .001};
    size_t seeds = test_rounds(5, 400);
    for (size_t c = 0; c < 3; c++) {
        size_t found = 0;
        for (uint64_t seed = 1; seed <= seeds; seed++) {
            gsl_rng *rng = crease_random_new(seed, 30 + c);
            place(seed % 2 ? 100 : 300, 0, 1, (int)(seed % 3), rng);
            fill_waves(rng);
            add_noise(noise[c], rng);
            detect(&(crease_kink_options){.seed = seed});
            found += s.count > 0;
            gsl_rng_free(rng);
        }
        double expected = .01 * (double)seeds;
        ck_assert_msg((double)found <= expected + 3 * sqrt(expected) + 1, "noise %g: %zu of %zu", noise[c],
                      found, seeds);
    }
}
END_TEST

/* Consumption, 300 rows, noise of 1 % of the range: found in 36 of 60, and where the interval says. */
START_TEST(power_and_coverage) {
    size_t seeds = test_cases(12, 400), found = 0, covered = 0;
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        gsl_rng *rng = crease_random_new(seed, 40);
        place(300, 0, 5, 1, rng);
        fill(consumption);
        add_noise(.01, rng);
        detect(&(crease_kink_options){.seed = seed, .simulations = 99, .level = .011});
        found += s.count == 1;
        covered += s.count == 1 && s.kink[0].ci95[0] <= consumption_kink() &&
                   consumption_kink() <= s.kink[0].ci95[1];
        gsl_rng_free(rng);
    }
    ck_assert_msg((double)found >= .5 * (double)seeds, "found in %zu of %zu", found, seeds);
    ck_assert_msg((double)covered >= .85 * (double)found, "covered in %zu of %zu", covered, found);
}
END_TEST

Suite *test_kink_detect(void) {
    Suite *suite = suite_create("test_kink_detect");
    TCase *exact = tcase_create("exact"), *nothing = tcase_create("none"), *noisy = tcase_create("noise");
    tcase_add_test(exact, crra_value_to_ten_digits);
    tcase_add_test(exact, known_curves_without_noise);
    tcase_add_test(exact, polylines_exactly);
    tcase_add_test(exact, awkward_places);
    tcase_add_test(nothing, none_on_smooth_curves);
    tcase_add_test(nothing, none_on_random_curves);
    tcase_add_test(nothing, a_bend_as_curved_as_the_curve_is_none);
    tcase_add_test(nothing, none_where_only_curvature_jumps);
    tcase_add_test(noisy, little_noise_makes_no_kinks);
    tcase_add_test(nothing, sharp_bend_has_its_resolution);
    tcase_add_test(nothing, jump_is_no_kink);
    tcase_add_test(nothing, too_little_data);
    tcase_add_test(nothing, refused);
    tcase_add_test(noisy, any_noise);
    tcase_add_test(noisy, units_do_not_matter);
    tcase_add_test(noisy, rows_and_weights);
    tcase_add_test(noisy, threads_and_seeds);
    tcase_add_test(noisy, interrupted_and_limited);
    tcase_add_test(noisy, size_of_the_test);
    tcase_add_test(noisy, power_and_coverage);
    TCase *all[] = {exact, nothing, noisy};
    for (size_t k = 0; k < 3; k++) {
        tcase_set_timeout(all[k], (double)test_cases(120, 14400));
        suite_add_tcase(suite, all[k]);
    }
    return suite;
}
