/* Kinks: reference states of the arm, piecewise-linear oscillators in closed form, random ReLU networks against an
 * integrator that only halves its steps, and surfaces that are touched, met at once or started on. */
#include "crease/random.h"
#include "support/ode_systems.h"
#include "support/suites.h"
#include <math.h>
#include <string.h>

START_TEST(reference_states) {
    const size_t events[2] = {4, 5};
    for (size_t g = 0; g < 2; g++) {
        double gravity = g ? 0 : law_gravity;
        const crease_ode_system system = law_system(&gravity);
        crease_ode *ode = ode_start(&system, NULL, 0, (double[]){0, 0});
        ck_assert_int_eq(ode_go(ode, 0.6), CREASE_ODE_REACHED);
        for (size_t j = 0; j < 2; j++)
            ck_assert_double_eq_tol(crease_ode_state(ode)[j], law_reference[g][j], 5e-13);
        ck_assert_uint_eq(crease_ode_statistics_of(ode).crossings, events[g]);
        crease_ode_free(ode);
    }
}
END_TEST

/* x'' = -2 damping x' - soft x, and -stiff (x - edge) more above x = edge. */
typedef struct spring {
    double stiff, soft, edge, damping;
} spring;

static int spring_field(double t, const double *y, const bool *above, double *dydt, void *context) {
    (void)t;
    const spring *s = context;
    dydt[0] = y[1];
    dydt[1] = -2 * s->damping * y[1] - s->soft * y[0] - (above[0] ? s->stiff * (y[0] - s->edge) : 0);
    return 0;
}

static int spring_surface(double t, const double *y, const bool *above, double *z, void *context) {
    (void)t, (void)above;
    z[0] = y[0] - ((const spring *)context)->edge;
    return 0;
}

static const crease_ode_surface one_kink[1] = {{CREASE_ODE_KINK, 0, false}};

/* The exponential of the oscillator's matrix, written out: from (x, v) after time t at frequency w and damping a. */
static void swing(double a, double w, double t, double *x, double *v) {
    double c = cos(w * t), s = sin(w * t) / w, e = exp(-a * t), x0 = *x, v0 = *v;
    *x = e * (x0 * c + (v0 + a * x0) * s);
    *v = e * (v0 * c - (a * v0 + (w * w + a * a) * x0) * s);
}

/* From x = 1 at rest, kink at 0: each side is left after half its period, whatever the speed. */
START_TEST(two_springs_in_closed_form) {
    gsl_rng *random = crease_random_new(3, 0);
    for (size_t trial = 0; trial < test_rounds(20, 300); trial++) {
        spring s = {exp(4 * gsl_rng_uniform(random) - 2), exp(4 * gsl_rng_uniform(random) - 2), 0, 0};
        s.damping = trial % 2 ? 0.3 * gsl_rng_uniform(random) : 0;
        const crease_ode_system system = {2, 1, one_kink, spring_field, spring_surface, NULL, &s};
        const crease_ode_options o = {.method = (crease_ode_method)(trial % 3)};
        double a = s.damping, w[2] = {sqrt(s.soft - a * a), sqrt(s.stiff + s.soft - a * a)};
        double x = 1, v = 0, t = 0, end = 3 * (M_PI / w[0] + M_PI / w[1]);
        crease_ode *ode = ode_start(&system, &o, 0, (double[]){1, 0});
        ode_go(ode, end);
        size_t count;
        const crease_ode_crossing *c = crease_ode_crossings(ode, &count);
        ck_assert_msg(count == 6 || (count == 5 && a > 0), "trial %zu: %zu crossings", trial, count);
        for (size_t k = 0; k < count; k++) {
            double side = w[k % 2 == 0], flight = k ? M_PI / side : (M_PI - atan2(side, a)) / side;
            for (int part = 1; part < 8; part++) {
                double y[2], right[2] = {x, v};
                swing(a, side, flight * part / 8, &right[0], &right[1]);
                crease_ode_at(ode, t + flight * part / 8, y, NULL, NULL);
                for (size_t j = 0; j < 2; j++)
                    ck_assert_msg(fabs(y[j] - right[j]) < 1e-10, "trial %zu, flight %zu: %g", trial, k,
                                  y[j] - right[j]);
            }
            swing(a, side, flight, &x, &v);
            x = 0;
            t += flight;
            ck_assert_msg(fabs(c[k].t - t) < 1e-10 / fabs(v) + 1e-12 * end,
                          "trial %zu, crossing %zu: %.17g for %.17g", trial, k, c[k].t, t);
            ck_assert_int_eq(c[k].direction, k % 2 ? 1 : -1);
        }
        crease_ode_free(ode);
    }
    gsl_rng_free(random);
}
END_TEST

/* Without damping the energy stays, for two hundred periods of unlike springs. */
START_TEST(energy_is_kept) {
    spring s = {8, 1, 0.3, 0};
    const crease_ode_system system = {2, 1, one_kink, spring_field, spring_surface, NULL, &s};
    for (size_t method = 0; method < 3; method++) {
        const crease_ode_options o = {.method = (crease_ode_method)method};
        crease_ode *ode = ode_start(&system, &o, 0, (double[]){1, 0});
        ode_go(ode, 1000);
        for (double t = 0; t <= 1000; t += 7.77) {
            double y[2];
            crease_ode_at(ode, t, y, NULL, NULL);
            double high = fmax(0, y[0] - 0.3), energy = y[1] * y[1] + y[0] * y[0] + 8 * high * high;
            ck_assert_msg(fabs(energy / (1 + 8 * 0.49) - 1) < 5e-9, "%s, t %g: %g",
                          crease_ode_method_name((crease_ode_method)method), t, energy / (1 + 8 * 0.49) - 1);
        }
        crease_ode_free(ode);
    }
}
END_TEST

/* The motion of spring: x = A cos(b t) for soft = b^2, which only touches x = edge = A at t = 2 pi / b. */
START_TEST(touching_from_below) {
    for (int k = -4; k <= 4; k++) {
        double off = k == 0 ? 0 : (k > 0 ? 1 : -1) * pow(10, -3.0 * abs(k));
        spring s = {50, 4, 1 + off, 0};
        const crease_ode_system system = {2, 1, one_kink, spring_field, spring_surface, NULL, &s};
        crease_ode *ode = ode_start(&system, NULL, 0, (double[]){0, 2});
        ode_go(ode, 3);
        /* off >= 0: x = sin 2t never is above; else the part above is a spring of 54 around x* = 50 edge / 54 */
        double x = sin(6), w = 2 * cos(6);
        size_t count = crease_ode_statistics_of(ode).crossings;
        if (off < 0) {
            double t1 = 0.5 * asin(s.edge), v1 = 2 * cos(2 * t1), root = sqrt(54), rest = 50 * s.edge / 54;
            double phase = 2 * atan2(v1 / root, s.edge - rest), t2 = t1 + phase / root, left = 3 - t2;
            x = s.edge * cos(2 * left) - 0.5 * v1 * sin(2 * left);
            w = -2 * s.edge * sin(2 * left) - v1 * cos(2 * left);
        }
        ck_assert_msg(
            fabs(crease_ode_state(ode)[0] - x) < 3e-12 && fabs(crease_ode_state(ode)[1] - w) < 6e-12,
            "off %g: errors %g %g", off, crease_ode_state(ode)[0] - x, crease_ode_state(ode)[1] - w);
        ck_assert_msg(count == (off < -1e-10 ? 2U : count) && (off < 1e-10 || count == 0), "off %g: %zu", off,
                      count);
        ck_assert_uint_lt(crease_ode_statistics_of(ode).steps, 100);
        crease_ode_free(ode);
    }
}
END_TEST

/* q'' = 2, z = q - depth: a parabola q = (t - 1)^2, double root of z + depth at t = 1; field has a kink there. */
static int parabola_field(double t, const double *y, const bool *above, double *dydt, void *context) {
    (void)t;
    double z = y[0] - *(double *)context;
    dydt[0] = y[1];
    dydt[1] = 2;
    dydt[2] = above[0] ? 0 : -z; /* the area below */
    return 0;
}

static int parabola_surface(double t, const double *y, const bool *above, double *z, void *context) {
    (void)t, (void)above;
    z[0] = y[0] - *(double *)context;
    return 0;
}

START_TEST(parabolas_that_graze) {
    const double depths[] = {0,    1e-16, -1e-16, 1e-14, -1e-14, 1e-12, -1e-12,
                             1e-9, -1e-9, 1e-6,   -1e-6, 1e-3,   -1e-3};
    for (size_t method = 0; method < CREASE_ODE_METHOD_COUNT; method++)
        for (size_t k = 0; k < sizeof depths / sizeof *depths; k++) {
            double depth = depths[k];
            const crease_ode_system system = {3, 1, one_kink, parabola_field, parabola_surface, NULL, &depth};
            const crease_ode_options o = {.method = (crease_ode_method)method,
                                          .tolerance = method == CREASE_ODE_RK2 ? 1e-8 : 1e-11};
            crease_ode *ode = ode_start(&system, &o, 0, (double[]){1, -2, 0});
            ode_go(ode, 2.5);
            const double *y = crease_ode_state(ode);
            double area = depth > 0 ? 4.0 / 3 * depth * sqrt(depth) : 0;
            size_t count;
            const crease_ode_crossing *c = crease_ode_crossings(ode, &count);
            ck_assert_msg(fabs(y[0] - 2.25) < 1e-10 && fabs(y[1] - 3) < 1e-10 &&
                              fabs(y[2] - area) < 1e-11 + 1e-7 * area,
                          "method %zu depth %g: %g %g %g (area %g)", method, depth, y[0] - 2.25, y[1] - 3,
                          y[2], area);
            ck_assert_msg(count % 2 == 0 && count <= 2 &&
                              (fabs(depth) < 1e-10 || count == (depth > 0 ? 2U : 0)),
                          "method %zu depth %g: %zu", method, depth, count);
            if (depth >= 1e-12 && count == 2)
                for (size_t i = 0; i < 2;
                     i++) /* a root that is nearly double is known to the root of rounding */
                    ck_assert_double_eq_tol(c[i].t, 1 + (i ? 1 : -1) * sqrt(depth),
                                            1e-15 / sqrt(depth) + 1e-11);
            ck_assert(crease_ode_above(ode)[0]);
            ck_assert_uint_lt(crease_ode_statistics_of(ode).calls, 3000);
            crease_ode_free(ode);
        }
}
END_TEST

static void against_halving(uint64_t seed, size_t depth, const size_t *width, size_t dimension,
                            bool own_rates) {
    gsl_rng *random = crease_random_new(seed, depth);
    flow f;
    flow_draw(random, dimension, depth, width, &f);
    crease_ode_system system = flow_system(&f);
    if (!own_rates)
        system.surface_rates = NULL;
    double y[FLOW_DIMENSION], z[FLOW_UNITS];
    for (size_t j = 0; j < dimension; j++)
        y[j] = 2 * gsl_rng_uniform(random) - 1;
    const crease_ode_options o = {.method = (crease_ode_method)(seed % 3)};
    crease_ode *ode = ode_start(&system, &o, 0.5, y);
    ode_go(ode, 3);
    crease_ode_statistics count = crease_ode_statistics_of(ode);
    brute_motion(&system, 0.5, 3, 1e-3, 1e-9, y);
    for (size_t j = 0; j < dimension; j++)
        ck_assert_msg(fabs(crease_ode_state(ode)[j] - y[j]) < 2e-10 * (1 + fabs(y[j])),
                      "seed %zu, depth %zu, component %zu: %.17g for %.17g after %zu crossings", (size_t)seed,
                      depth, j, crease_ode_state(ode)[j], y[j], count.crossings);
    const bool *above = crease_ode_above(ode);
    system.surfaces(3, crease_ode_state(ode), above, z, &f);
    for (size_t i = 0; i < system.surface_count; i++)
        ck_assert_msg(above[i] == (z[i] > 0) || fabs(z[i]) < 1e-12,
                      "seed %zu, depth %zu: unit %zu is on the wrong side", (size_t)seed, depth, i);
    ck_assert_msg(count.steps < 4000, "seed %zu: %zu steps", (size_t)seed, count.steps);
    crease_ode_free(ode);
    gsl_rng_free(random);
}

START_TEST(random_networks) {
    for (uint64_t seed = 0; seed < test_rounds(40, 1500); seed++) {
        against_halving(seed, 1, (const size_t[]){8}, 2, seed % 2 == 0);
        against_halving(seed, 2, (const size_t[]){6, 6}, 2 + seed % 2, seed % 4 < 2);
        against_halving(seed, 3, (const size_t[]){4, 8, 5}, 3, true);
    }
}
END_TEST

/* Two springs that pass 0 at the same time, and units of both that vanish there too: sums, and two units of a second
 * layer, one of which vanishes identically on one side as long as the springs keep step. */
static void corner_units(const double *x, const bool *above, double *z) {
    double h0 = above[0] ? x[0] : 0, h1 = above[1] ? x[1] : 0;
    z[0] = x[0];
    z[1] = x[1];
    z[2] = x[0] + x[1];
    z[3] = -x[0] - 2 * x[1];
    z[4] = h0 - 2 * h1;
    z[5] = (above[2] ? z[2] : 0) + (above[3] ? z[3] : 0) - h0;
}

static int corner_field(double t, const double *y, const bool *above, double *dydt, void *context) {
    (void)t;
    const double *c = context;
    double z[6];
    corner_units(y, above, z);
    dydt[0] = y[2];
    dydt[1] = y[3];
    dydt[2] = -y[0] + (above[0] ? c[0] * z[0] : 0) + (above[5] ? c[1] * z[5] : 0);
    dydt[3] = -y[1] + (above[1] ? c[0] * z[1] : 0) + (above[4] ? c[2] * z[4] : 0);
    return 0;
}

static int corner_surfaces(double t, const double *y, const bool *above, double *z, void *context) {
    (void)t, (void)context;
    corner_units(y, above, z);
    return 0;
}

static int corner_rates(double t, const double *y, const bool *above, const double *dydt, double *rate,
                        void *context) {
    (void)t, (void)y, (void)context;
    corner_units(dydt, above, rate);
    return 0;
}

START_TEST(corners) {
    static const crease_ode_surface surface[6] = {{CREASE_ODE_KINK, 0, false}};
    double force[][3] = {{0, 0, 0}, {-0.5, 0, 0.5}, {-0.5, 0.3, 0.5}, {-2, -0.6, 0.2}, {0.4, 0.4, 0}};
    const double start[][4] = {{1, 0.5, 0, 0},  {1, 1, 0, 0},     {-1, 0.5, 0, 0},
                               {0, 0, 1, -0.5}, {0, 0, -1, -0.5}, {1, 0.5 + 1e-15, 0, 0}};
    for (size_t f = 0; f < sizeof force / sizeof *force; f++)
        for (size_t k = 0; k < sizeof start / sizeof *start; k++) {
            const crease_ode_system system = {
                4, 6, surface, corner_field, corner_surfaces, corner_rates, force[f]};
            crease_ode *ode = ode_start(&system, NULL, 0, start[k]);
            ode_go(ode, 9);
            double y[4];
            memcpy(y, start[k], sizeof y);
            brute_motion(&system, 0, 9, 1e-3, 1e-10, y);
            for (size_t j = 0; j < 4; j++)
                ck_assert_msg(fabs(crease_ode_state(ode)[j] - y[j]) < 2e-10 * (1 + fabs(y[j])),
                              "force %zu, start %zu, component %zu: %.17g for %.17g", f, k, j,
                              crease_ode_state(ode)[j], y[j]);
            ck_assert_uint_lt(crease_ode_statistics_of(ode).steps, 200);
            ck_assert_uint_lt(crease_ode_statistics_of(ode).crossings, 60);
            crease_ode_free(ode);
        }
}
END_TEST

/* y0 = 1 - cos t, y1 = sin t; units that vanish at the start with their rate or without. */
static int start_field(double t, const double *y, const bool *above, double *dydt, void *context) {
    (void)context, (void)above;
    dydt[0] = y[1];
    dydt[1] = cos(t);
    return 0;
}

static int start_surfaces(double t, const double *y, const bool *above, double *z, void *context) {
    (void)t, (void)above, (void)context;
    z[0] = y[1]; /* rate 1 at t = 0 */
    z[1] = -y[1];
    z[2] = y[0]; /* rate 0, second derivative 1 */
    z[3] = -3 * y[0];
    z[4] = 0 * y[0];               /* a dead unit */
    z[5] = 0.1 + 0.2 - 0.3 + y[1]; /* 5.6e-17 above 0 */
    z[6] = 0.1 + 0.2 - 0.3 - y[1];
    return 0;
}

START_TEST(starts_on_surfaces) {
    static const crease_ode_surface surface[7] = {{CREASE_ODE_KINK, 0, false}, {CREASE_ODE_KINK, 0, false},
                                                  {CREASE_ODE_JUMP, 0, false}, {CREASE_ODE_KINK, 0, false},
                                                  {CREASE_ODE_KINK, 0, false}, {CREASE_ODE_EVENT, 0, false},
                                                  {CREASE_ODE_EVENT, 0, false}};
    const crease_ode_system system = {2, 7, surface, start_field, start_surfaces, NULL, NULL};
    for (size_t method = 0; method < CREASE_ODE_METHOD_COUNT; method++) {
        const crease_ode_options o = {.method = (crease_ode_method)method, .tolerance = 1e-9};
        crease_ode *ode = ode_start(&system, &o, 0, (double[]){0, 0});
        ode_go(ode, 3);
        bool above[7];
        double y[2];
        crease_ode_at(ode, 1, y, NULL, above);
        const bool right[7] = {true, false, true, false, false, true, false};
        ck_assert_mem_eq(above, right, sizeof above);
        size_t count;
        const crease_ode_crossing *c = crease_ode_crossings(ode, &count);
        for (size_t i = 0; i < count; i++)
            ck_assert_msg(c[i].t < 1e-15, "method %zu: a crossing of %zu at %g", method, c[i].surface,
                          c[i].t);
        ck_assert_double_eq_tol(crease_ode_state(ode)[0], 1 - cos(3), 1e-7);
        crease_ode_free(ode);
    }
}
END_TEST

/* The state is set on a surface, at rest on it, and beyond it. */
START_TEST(state_set_on_a_surface) {
    spring s = {3, 1, 0, 0};
    const crease_ode_system system = {2, 1, one_kink, spring_field, spring_surface, NULL, &s};
    crease_ode *ode = ode_start(&system, NULL, 0, (double[]){1, 0});
    ode_go(ode, 0.3);
    for (int k = 0; k < 4; k++) {
        const double set[4][2] = {{0, 1}, {0, -1}, {0, 0}, {-2, 0.5}};
        double t = crease_ode_time(ode), y[2], x[2] = {set[k][0], set[k][1]},
               w = x[1] > 0 && x[0] >= 0 ? 2 : 1;
        ck_assert_int_eq(crease_ode_set_state(ode, x, NULL), CREASE_OK);
        crease_ode_at(ode, t, y, NULL, NULL);
        ck_assert_mem_eq(x, y, sizeof y);
        ode_go(ode, t + 0.2);
        ck_assert_double_eq_tol(crease_ode_state(ode)[0], x[0] * cos(0.2 * w) + x[1] / w * sin(0.2 * w),
                                1e-12);
        ck_assert(crease_ode_above(ode)[0] == (w > 1.5));
    }
    ck_assert_uint_eq(crease_ode_statistics_of(ode).crossings, 0);
    crease_ode_free(ode);
}
END_TEST

Suite *test_ode_kinks(void) {
    Suite *suite = suite_create("test_ode_kinks");
    TCase *tests = tcase_create("kinks");
    tcase_set_timeout(tests, (double)test_cases(60, 3600));
    tcase_add_test(tests, reference_states);
    tcase_add_test(tests, two_springs_in_closed_form);
    tcase_add_test(tests, energy_is_kept);
    tcase_add_test(tests, touching_from_below);
    tcase_add_test(tests, parabolas_that_graze);
    tcase_add_test(tests, corners);
    tcase_add_test(tests, starts_on_surfaces);
    tcase_add_test(tests, state_set_on_a_surface);
    tcase_add_test(tests, random_networks);
    suite_add_tcase(suite, tests);
    return suite;
}
