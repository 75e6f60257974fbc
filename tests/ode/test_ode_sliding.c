/* Jumps: sliding of a switching law, Coulomb friction in closed form, several surfaces at once against implicit Euler
 * steps, and what cannot be followed. */
#include "crease/random.h"
#include "support/ode_systems.h"
#include "support/suites.h"
#include <math.h>

#include <string.h>

static const crease_ode_surface three_jumps[3] = {
    {CREASE_ODE_JUMP, 0, false}, {CREASE_ODE_JUMP, 0, false}, {CREASE_ODE_JUMP, 0, false}};

/* Model A of the arm under u = -40 sign(w + 4 (q - 1.5)); y2: the time spent with q above 1.2, in rad s. */
static int switching_field(double t, const double *y, const bool *above, double *dydt, void *context) {
    (void)t, (void)context;
    double u = above[0] ? -40 : 40;
    dydt[0] = y[1];
    dydt[1] = (u - 3.9804259903721997 * y[1] - law_gravity * sin(y[0])) / 0.938652730438;
    dydt[2] = above[1] ? y[0] - 1.2 : 0;
    return 0;
}

static int switching_surfaces(double t, const double *y, const bool *above, double *z, void *context) {
    (void)t, (void)above, (void)context;
    z[0] = y[1] + 4 * (y[0] - 1.5);
    z[1] = y[0] - 1.2;
    return 0;
}

static const crease_ode_surface jump_and_kink[2] = {{CREASE_ODE_JUMP, 0, false}, {CREASE_ODE_KINK, 0, false}};

START_TEST(switching_law) {
    const crease_ode_system system = {3, 2, jump_and_kink, switching_field, switching_surfaces, NULL, NULL};
    const double start[3] = {0, 0, 0};
    crease_ode *ode = ode_start(&system, NULL, 0, start);
    ode_go(ode, 2);
    size_t count;
    const crease_ode_crossing *c = crease_ode_crossings(ode, &count);
    ck_assert_uint_eq(count, 2);
    ck_assert_double_eq_tol(c[0].t, 0.147089192, 5e-10);
    ck_assert(c[0].surface == 0 && c[0].slides && c[0].direction == 0);
    ck_assert(crease_ode_slides(ode, 0) && !crease_ode_slides(ode, 1));
    double y[3], from[3], slope[3];
    crease_ode_at(ode, c[0].t, from, NULL, NULL);
    for (double t = c[0].t; t <= 2; t += 0.01) {
        crease_ode_at(ode, t, y, slope, NULL);
        double left = (from[0] - 1.5) * exp(-4 * (t - c[0].t));
        ck_assert_double_eq_tol(y[0] - 1.5, left, 1e-12);
        ck_assert_double_eq_tol(y[1] + 4 * (y[0] - 1.5), 0, 1e-11);
        ck_assert_double_eq_tol(slope[1], 16 * left, 1e-10);
    }
    /* e^-4s = .3 / (1.5 - q0) where the kink is passed; the area above it */
    double passed = log((1.5 - from[0]) / 0.3) / 4, rest = 2 - c[0].t - passed;
    ck_assert_double_eq_tol(c[1].t, c[0].t + passed, 1e-12);
    ck_assert_double_eq_tol(crease_ode_state(ode)[2], 0.3 * rest - 0.3 / 4 * (1 - exp(-4 * rest)), 1e-11);
    y[0] = crease_ode_state(ode)[0];
    crease_ode_free(ode);
    const crease_ode_options o = {.method = CREASE_ODE_RKF45, .tolerance = 1e-6};
    ode = ode_start(&system, &o, 0, start);
    ode_go(ode, 2);
    ck_assert_uint_lt(crease_ode_statistics_of(ode).calls, 700);
    ck_assert_double_eq_tol(crease_ode_state(ode)[0], y[0], 1e-6);
    crease_ode_free(ode);
}
END_TEST

/* m = 1: x'' = -k x - F sign(x') + P sin(s t). */
typedef struct block {
    double k, F, P, s;
} block;

static int block_field(double t, const double *y, const bool *above, double *dydt, void *context) {
    const block *b = context;
    dydt[0] = y[1];
    dydt[1] = -b->k * y[0] - (above[0] ? b->F : -b->F) + b->P * sin(b->s * t);
    return 0;
}

static int block_surface(double t, const double *y, const bool *above, double *z, void *context) {
    (void)t, (void)above, (void)context;
    z[0] = y[1];
    return 0;
}

/* Without load each half cycle shifts the centre by F/k to the other side and takes pi / sqrt(k); the block stays at the
 * first turning point with |x| <= F / k. */
START_TEST(coulomb_friction_stops_the_block) {
    gsl_rng *random = crease_random_new(17, 0);
    for (size_t trial = 0; trial < test_rounds(30, 500); trial++) {
        block b = {exp(2 * gsl_rng_uniform(random)), exp(gsl_rng_uniform(random) - 1), 0, 0};
        double shift = b.F / b.k, x = shift * (2 + 12 * gsl_rng_uniform(random)), start = x;
        size_t halves = 0;
        while (fabs(x) > shift) {
            x = x > 0 ? -x + 2 * shift : -x - 2 * shift;
            halves++;
        }
        if (fabs(fabs(x) - shift) < 1e-6 * shift)
            continue; /* too near to tell */
        const crease_ode_system system = {2, 1, three_jumps, block_field, block_surface, NULL, &b};
        const crease_ode_options o = {.method = (crease_ode_method)(trial % 3)};
        crease_ode *ode = ode_start(&system, &o, 0, (double[]){start, 0});
        double half = M_PI / sqrt(b.k);
        ode_go(ode, ((double)halves + 2.3) * half);
        size_t count;
        const crease_ode_crossing *c = crease_ode_crossings(ode, &count);
        ck_assert_msg(count == halves, "trial %zu: %zu stops, not %zu", trial, count, halves);
        for (size_t k = 0; k < count; k++) {
            ck_assert_double_eq_tol(c[k].t, (double)(k + 1) * half, 1e-10 * (double)(k + 1) * half);
            ck_assert_msg(c[k].slides == (k + 1 == count), "trial %zu, stop %zu", trial, k);
        }
        ck_assert_msg(fabs(crease_ode_state(ode)[0] - x) < 1e-9 * start,
                      "trial %zu: rests at %.15g, not %.15g", trial, crease_ode_state(ode)[0], x);
        ck_assert_double_eq_tol(crease_ode_state(ode)[1], 0, 1e-14);
        ck_assert(crease_ode_slides(ode, 0));
        crease_ode_free(ode);
    }
    gsl_rng_free(random);
}
END_TEST

/* A block at rest holds until the load passes F, then slips in closed form, and stops again. */
START_TEST(stiction) {
    for (int k = 1; k <= 12; k++) {
        block b = {0, 1, 1 + 0.1 * k * k, 0.3 * k};
        const crease_ode_system system = {2, 1, three_jumps, block_field, block_surface, NULL, &b};
        crease_ode *ode = ode_start(&system, NULL, 0, (double[]){0.5, 0});
        double slip = asin(b.F / b.P) / b.s, t = 0.4 * M_PI / b.s + 0.6 * slip;
        ode_go(ode, M_PI / b.s);
        size_t count;
        const crease_ode_crossing *c = crease_ode_crossings(ode, &count);
        ck_assert_uint_ge(count, 1);
        ck_assert_double_eq_tol(c[0].t, slip, 1e-11 * slip);
        ck_assert(!c[0].slides && c[0].direction == 0 && c[0].surface == 0);
        double y[2], passed = t - slip, phase = b.s * slip;
        crease_ode_at(ode, 0.9 * slip, y, NULL, NULL);
        ck_assert(fabs(y[0] - 0.5) < 1e-13 && fabs(y[1]) < 1e-13);
        crease_ode_at(ode, t, y, NULL, NULL);
        double v = b.P / b.s * (cos(phase) - cos(b.s * t)) - passed;
        double x =
            0.5 + b.P / b.s * (cos(phase) * passed - (sin(b.s * t) - sin(phase)) / b.s) - passed * passed / 2;
        ck_assert_double_eq_tol(y[1], v, 1e-11);
        ck_assert_double_eq_tol(y[0], x, 1e-11);
        crease_ode_free(ode);
        b.P = 0.999999; /* never slips */
        ode = ode_start(&system, NULL, 0, (double[]){0.5, 0});
        ode_go(ode, 50);
        ck_assert(fabs(crease_ode_state(ode)[0] - 0.5) < 1e-13 && crease_ode_slides(ode, 0));
        ck_assert_uint_eq(crease_ode_statistics_of(ode).crossings, 0);
        crease_ode_free(ode);
    }
}
END_TEST

/* y' = c(t) - S sign(y), S symmetric positive definite: the solution is unique, whatever surfaces hold. */
enum { PLATES = 3 };
typedef struct plates {
    double S[PLATES][PLATES], push[PLATES], speed[PLATES], phase[PLATES];
    flow *net; /* may be NULL: its field comes on top, with its units after the plates */
} plates;

static double push(const plates *p, size_t i, double t) {
    return p->push[i] * sin(p->speed[i] * t + p->phase[i]);
}

static int plates_field(double t, const double *y, const bool *above, double *dydt, void *context) {
    const plates *p = context;
    memset(dydt, 0, PLATES * sizeof *dydt);
    if (p->net) {
        const crease_ode_system net = flow_system(p->net);
        net.field(t, y, above + PLATES, dydt, p->net);
    }
    for (size_t i = 0; i < PLATES; i++) {
        dydt[i] += push(p, i, t);
        for (size_t j = 0; j < PLATES; j++)
            dydt[i] -= p->S[i][j] * (above[j] ? 1 : -1);
    }
    return 0;
}

static int plates_surfaces(double t, const double *y, const bool *above, double *z, void *context) {
    const plates *p = context;
    memcpy(z, y, PLATES * sizeof *z);
    if (p->net) {
        const crease_ode_system net = flow_system(p->net);
        net.surfaces(t, y, above + PLATES, z + PLATES, p->net);
    }
    return 0;
}

static int plates_rates(double t, const double *y, const bool *above, const double *dydt, double *rate,
                        void *context) {
    const plates *p = context;
    memcpy(rate, dydt, PLATES * sizeof *rate);
    if (p->net) {
        const crease_ode_system net = flow_system(p->net);
        net.surface_rates(t, y, above + PLATES, dydt, rate + PLATES, p->net);
    }
    return 0;
}

/* The field of the net at its own signs; zero without a net. */
static void net_field(const plates *p, double t, const double *y, double *dydt) {
    memset(dydt, 0, PLATES * sizeof *dydt);
    if (!p->net)
        return;
    const crease_ode_system net = flow_system(p->net);
    bool above[FLOW_UNITS] = {false};
    double z[FLOW_UNITS];
    for (size_t layer = 0; layer < p->net->depth; layer++) {
        net.surfaces(t, y, above, z, p->net);
        for (size_t i = 0; i < net.surface_count; i++)
            above[i] = z[i] > 0;
    }
    net.field(t, y, above, dydt, p->net);
}

/* Implicit Euler: y+ = y + h (c - S s), s in sign(y+), by sweeps over the components of s in [-1, 1]; order 1. */
static void implicit_euler(const plates *p, double until, size_t steps, double *y) {
    double h = until / (double)steps, s[PLATES] = {0};
    for (size_t k = 0; k < steps; k++) {
        double c[PLATES], smooth[PLATES];
        net_field(p, (double)k * h, y, smooth);
        for (size_t i = 0; i < PLATES; i++)
            c[i] = y[i] + h * (smooth[i] + push(p, i, ((double)k + 1) * h));
        for (int sweep = 0; sweep < 60; sweep++)
            for (size_t i = 0; i < PLATES; i++) {
                double free = c[i];
                for (size_t j = 0; j < PLATES; j++)
                    free -= j == i ? 0 : h * p->S[i][j] * s[j];
                s[i] = fmax(-1, fmin(1, free / (h * p->S[i][i])));
            }
        for (size_t i = 0; i < PLATES; i++) {
            y[i] = c[i];
            for (size_t j = 0; j < PLATES; j++)
                y[i] -= h * p->S[i][j] * s[j];
        }
    }
}

static void draw_plates(gsl_rng *random, plates *p, double *y) {
    p->net = NULL;
    for (size_t i = 0; i < PLATES; i++) {
        p->push[i] = 3 * gsl_rng_uniform(random);
        p->speed[i] = 4 * gsl_rng_uniform(random);
        p->phase[i] = 6 * gsl_rng_uniform(random);
        y[i] = gsl_rng_uniform(random) < 0.4 ? 0 : 2 * gsl_rng_uniform(random) - 1;
        p->S[i][i] = 1.5 + gsl_rng_uniform(random);
        for (size_t j = 0; j < i; j++)
            p->S[i][j] = p->S[j][i] = 1.4 * gsl_rng_uniform(random) - 0.7;
    }
}

START_TEST(several_surfaces_hold) {
    size_t held = 0;
    size_t cases = test_rounds(25, 600);
    for (size_t k = 0; k <= cases; k++) {
        uint64_t seed = k < cases ? k : 366; /* in which a share only just passes 1 */
        gsl_rng *random = crease_random_new(seed, 5);
        plates p;
        double y[PLATES], z[PLATES];
        draw_plates(random, &p, y);
        const crease_ode_system system = {
            PLATES, PLATES, three_jumps, plates_field, plates_surfaces, seed % 2 ? plates_rates : NULL, &p};
        const crease_ode_options o = {.method = (crease_ode_method)(seed % 3), .tolerance = 1e-10};
        crease_ode *ode = ode_start(&system, &o, 0, y);
        ode_go(ode, 6);
        memcpy(z, y, sizeof z);
        implicit_euler(&p, 6, 4000, y);
        implicit_euler(&p, 6, 8000, z);
        for (size_t i = 0; i < PLATES; i++) /* Richardson, and what the corners leave of it */
            ck_assert_msg(fabs(crease_ode_state(ode)[i] - (2 * z[i] - y[i])) < 4e-3,
                          "seed %zu: y%zu = %.9g, not %.9g", (size_t)seed, i, crease_ode_state(ode)[i],
                          2 * z[i] - y[i]);
        ck_assert_uint_lt(crease_ode_statistics_of(ode).steps, 3000);
        size_t count, together = 0;
        crease_ode_crossings(ode, &count);
        for (size_t i = 0; i < PLATES; i++)
            together += crease_ode_slides(ode, i);
        held += together > 1;
        crease_ode_free(ode);
        gsl_rng_free(random);
    }
    ck_assert_uint_gt(held, 2);
}
END_TEST

/* The same with a ReLU network of two layers in the field: kinks are crossed while surfaces hold. */
START_TEST(networks_with_friction) {
    static const crease_ode_surface surface[PLATES + 12] = {
        {CREASE_ODE_JUMP, 0, false}, {CREASE_ODE_JUMP, 0, false}, {CREASE_ODE_JUMP, 0, false}};
    size_t slid = 0;
    for (uint64_t seed = 0; seed < test_rounds(12, 300); seed++) {
        gsl_rng *random = crease_random_new(seed, 6);
        plates p;
        flow net;
        double y[PLATES], z[PLATES];
        draw_plates(random, &p, y);
        flow_draw(random, PLATES, 2, (const size_t[]){6, 6}, &net);
        p.net = &net;
        for (size_t j = 0; j < PLATES; j++)
            for (size_t i = 0; i < 6; i++)
                net.C[j][i] *= 0.5;
        const crease_ode_system system = {PLATES,          PLATES + 12,  surface, plates_field,
                                          plates_surfaces, plates_rates, &p};
        const crease_ode_options o = {.method = (crease_ode_method)(seed % 3), .tolerance = 1e-10};
        crease_ode *ode = ode_start(&system, &o, 0, y);
        ode_go(ode, 3);
        memcpy(z, y, sizeof z);
        implicit_euler(&p, 3, 4000, y);
        implicit_euler(&p, 3, 8000, z);
        for (size_t i = 0; i < PLATES; i++)
            ck_assert_msg(fabs(crease_ode_state(ode)[i] - (2 * z[i] - y[i])) < 4e-3 * (1 + fabs(y[i])),
                          "seed %zu: y%zu = %.9g, not %.9g", (size_t)seed, i, crease_ode_state(ode)[i],
                          2 * z[i] - y[i]);
        ck_assert_msg(crease_ode_statistics_of(ode).steps < 3000, "seed %zu", (size_t)seed);
        size_t count;
        const crease_ode_crossing *c = crease_ode_crossings(ode, &count);
        for (size_t i = 0; i < count; i++)
            slid += c[i].slides;
        crease_ode_free(ode);
        gsl_rng_free(random);
    }
    ck_assert_uint_gt(slid, test_rounds(20, 20));
}
END_TEST

/* Any matrix S: surfaces may repel, be crossed or hold; there may be several solutions, or chatter without end in finite
 * time. Whatever is found keeps its own word at all times: what holds is at 0, what does not is on its side. */
START_TEST(any_jumps) {
    size_t done = 0, held = 0;
    for (uint64_t seed = 0; seed < test_rounds(60, 2000); seed++) {
        gsl_rng *random = crease_random_new(seed, 7);
        plates p;
        double y[PLATES];
        draw_plates(random, &p, y);
        for (size_t i = 0; i < PLATES; i++)
            for (size_t j = 0; j < PLATES; j++)
                p.S[i][j] = 4 * gsl_rng_uniform(random) - (i == j ? 1 : 2);
        const crease_ode_system system = {PLATES,          PLATES,       three_jumps, plates_field,
                                          plates_surfaces, plates_rates, &p};
        const crease_ode_options o = {
            .method = (crease_ode_method)(seed % 3), .tolerance = 1e-9, .most_steps = 3000};
        crease_ode *ode = ode_start(&system, &o, 0, y);
        crease_error error;
        if (crease_ode_advance(ode, 4, NULL, &error) == CREASE_OK)
            done++;
        else
            ck_assert_msg(strstr(error.message, "smooth") || strstr(error.message, "steps") ||
                              strstr(error.message, "no step"),
                          "seed %zu: %s", (size_t)seed, error.message);
        size_t count;
        const double *times = crease_ode_times(ode, &count);
        for (size_t k = 0; k + 1 < count; k++) {
            double slope[PLATES], rate[PLATES], middle = 0.5 * (times[k] + times[k + 1]);
            bool above[PLATES];
            crease_ode_at(ode, middle, y, slope, above);
            plates_field(middle, y, above, rate, &p);
            for (size_t i = 0; i < PLATES; i++) {
                bool holds = fabs(y[i]) < 1e-12 && fabs(slope[i]) < 1e-12 && fabs(rate[i]) > 1e-9;
                held += holds;
                ck_assert_msg(holds || (above[i] ? y[i] > -1e-8 : y[i] < 1e-8),
                              "seed %zu, t %.17g: y%zu = %g is on the wrong side", (size_t)seed, middle, i,
                              y[i]);
            }
        }
        crease_ode_free(ode);
        gsl_rng_free(random);
    }
    ck_assert_uint_gt(done, test_rounds(55, 55));
    ck_assert_uint_gt(held, 100);
}
END_TEST

/* Onto the unit circle from inside and outside, turning with it. */
static int circle_field(double t, const double *y, const bool *above, double *dydt, void *context) {
    (void)t, (void)context;
    double grow = above[0] ? -1 : 0.5;
    dydt[0] = -3 * y[1] + grow * y[0];
    dydt[1] = 3 * y[0] + grow * y[1];
    return 0;
}

static int circle_surface(double t, const double *y, const bool *above, double *z, void *context) {
    (void)t, (void)above, (void)context;
    z[0] = y[0] * y[0] + y[1] * y[1] - 1;
    return 0;
}

START_TEST(sliding_along_a_circle) {
    const crease_ode_system system = {2, 1, three_jumps, circle_field, circle_surface, NULL, NULL};
    for (size_t k = 0; k < 8; k++) {
        double start = k % 2 ? 2 : 0.5, arrival = k % 2 ? log(2.0) : 2 * log(2.0);
        const crease_ode_options o = {.method = (crease_ode_method)(k / 2),
                                      .tolerance = k < 6 ? 1e-11 : 1e-8};
        crease_ode *ode = ode_start(&system, &o, 0, (double[]){start, 0});
        ode_go(ode, 20);
        size_t count;
        const crease_ode_crossing *c = crease_ode_crossings(ode, &count);
        ck_assert_uint_eq(count, 1);
        ck_assert_double_eq_tol(c[0].t, arrival, o.tolerance * 100);
        const double *y = crease_ode_state(ode);
        ck_assert_double_eq_tol(y[0], cos(60), o.tolerance * 1000);
        ck_assert_double_eq_tol(y[1], sin(60), o.tolerance * 1000);
        ck_assert_double_eq_tol(hypot(y[0], y[1]), 1, 1e-14); /* no drift */
        crease_ode_free(ode);
    }
}
END_TEST

/* q'' = -sign(q): parabolas; the rate of z has no jump, so it is crossed. From rest at 0 nothing can be followed. */
static int relay_field(double t, const double *y, const bool *above, double *dydt, void *context) {
    (void)t;
    dydt[0] = y[1];
    dydt[1] = above[0] == *(const bool *)context ? -1 : 1;
    return 0;
}

static int relay_surface(double t, const double *y, const bool *above, double *z, void *context) {
    (void)t, (void)above, (void)context;
    z[0] = y[0];
    return 0;
}

START_TEST(jumps_that_are_crossed) {
    bool attracts = true;
    const crease_ode_system system = {2, 1, three_jumps, relay_field, relay_surface, NULL, &attracts};
    crease_ode *ode = ode_start(&system, NULL, 0, (double[]){1, 0});
    ode_go(ode, 30);
    size_t count;
    const crease_ode_crossing *c = crease_ode_crossings(ode, &count);
    ck_assert_uint_eq(count, 11);
    for (size_t k = 0; k < count; k++) {
        ck_assert_double_eq_tol(c[k].t, sqrt(2) * (double)(2 * k + 1), 1e-11);
        ck_assert(!c[k].slides && c[k].direction == (k % 2 ? 1 : -1));
    }
    crease_ode_free(ode);
    crease_error error;
    crease_ode_end end;
    ode = ode_start(&system, NULL, 0, (double[]){0, 0});
    ck_assert_int_eq(crease_ode_advance(ode, 1, &end, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "smooth"));
    ck_assert(crease_ode_time(ode) < 1e-3);
    crease_ode_free(ode);
    attracts = false; /* it repels: either side is a solution, the one below is taken at the start */
    ode = ode_start(&system, NULL, 0, (double[]){0, 0});
    ode_go(ode, 2);
    ck_assert_double_eq_tol(crease_ode_state(ode)[0], -2, 1e-12);
    crease_ode_free(ode);
}
END_TEST

/* Time-optimal control of q'' = u: the motion comes in on the switching curve itself, where u has a side of rate 0. */
static int curve(double t, const double *y, const bool *above, double *z, void *context) {
    (void)t, (void)above, (void)context;
    z[0] = y[0] + 0.5 * y[1] * fabs(y[1]);
    return 0;
}

START_TEST(along_a_switching_curve) {
    bool attracts = true;
    const crease_ode_system system = {2, 1, three_jumps, relay_field, curve, NULL, &attracts};
    crease_ode *ode = ode_start(&system, NULL, 0, (double[]){1, 0});
    ode_go(ode, 1.9);
    ck_assert_double_eq_tol(crease_ode_state(ode)[0], 0.005, 1e-10);
    ck_assert_double_eq_tol(crease_ode_state(ode)[1], -0.1, 1e-10);
    ck_assert_uint_lt(crease_ode_statistics_of(ode).calls, 1000);
    crease_ode_free(ode);
}
END_TEST

Suite *test_ode_sliding(void) {
    Suite *suite = suite_create("test_ode_sliding");
    TCase *tests = tcase_create("sliding");
    tcase_set_timeout(tests, (double)test_cases(60, 3600));
    tcase_add_test(tests, switching_law);
    tcase_add_test(tests, coulomb_friction_stops_the_block);
    tcase_add_test(tests, stiction);
    tcase_add_test(tests, several_surfaces_hold);
    tcase_add_test(tests, networks_with_friction);
    tcase_add_test(tests, any_jumps);
    tcase_add_test(tests, sliding_along_a_circle);
    tcase_add_test(tests, jumps_that_are_crossed);
    tcase_add_test(tests, along_a_switching_curve);
    suite_add_tcase(suite, tests);
    return suite;
}
