/* Front tracking: closed forms, and what every solution of a conservation law must be, on random fluxes. */
#include "crease/random.h"
#include "support/suites.h"
#include "traffic/lwr/lwr.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void must(crease_status status, const crease_error *error) {
    ck_assert_msg(status == CREASE_OK, "%s", error->message);
}

static lwr_flux *flux_of(const char *text) {
    lwr_flux *flux = NULL;
    crease_error error = {0};
    must(lwr_flux_parse(text, &flux, &error), &error);
    return flux;
}

static lwr_solution *solve(const lwr_problem *problem, const lwr_observer *observer, double t) {
    lwr_solution *s = NULL;
    crease_error error = {0};
    must(lwr_solution_new(problem, observer, &s, &error), &error);
    must(lwr_solution_advance(s, t, NULL, NULL, &error), &error);
    return s;
}

static lwr_profile profile_of(const lwr_solution *s) {
    lwr_profile p;
    crease_error error = {0};
    must(lwr_solution_profile(s, &p, &error), &error);
    return p;
}

static lwr_profile initial_of(const lwr_problem *problem) {
    lwr_profile p;
    crease_error error = {0};
    must(lwr_problem_profile(problem, &p, &error), &error);
    return p;
}

/* ---- the red light turns green ---- */

static const double light_x[] = {-10, -1, 0}, light_density[] = {30, 150, 0};
static const lwr_place at_zero = {.x = 0};

static lwr_problem green_light(const lwr_flux *flux) {
    return (lwr_problem){.flux = flux,
                         .domain = LWR_LINE,
                         .low = -8,
                         .high = 8,
                         .count = 3,
                         .x = light_x,
                         .density = light_density,
                         .place_count = 1,
                         .place = &at_zero};
}

/* The density with the parabola itself: vf 100, rho_j 150, jam 1 km long behind 0, 30 veh/km upstream. */
static double exact_density(double x, double t) {
    const double vf = 100, jam = 150, r = .2, a = 1, meets = a / (vf * (1 - r));
    const double shock = t < meets ? -a - r * vf * t : vf * (1 - 2 * r) * t - 2 * sqrt(a * vf * (1 - r) * t);
    if (x < shock)
        return r * jam;
    if (x <= -vf * t)
        return jam;
    return x >= vf * t ? 0 : jam / 2 * (1 - x / (vf * t));
}

/* Integral of |a + (b - a) z| over [0, 1] times the width. */
static double absolute(double a, double b, double width) {
    if (a * b >= 0)
        return .5 * fabs(a + b) * width;
    return .5 * (a * a + b * b) / fabs(b - a) * width;
}

/* Integral of |step function - exact|: between the steps and the bends of the exact one, both are straight. */
static double distance_to_exact(const lwr_profile *p, double t) {
    const double bend[] = {80 * .75 * t - 2 * sqrt(80 * t), -1 - 20 * t, -100 * t, 100 * t};
    double total = 0, x = p->x[0];
    for (size_t piece = 0; piece < p->count;) {
        double next = p->x[piece + 1];
        for (size_t i = 0; i < 4; i++)
            if (bend[i] > x && bend[i] < next)
                next = bend[i];
        const double inset = 1e-9 * (next - x); /* which side of a jump */
        total += absolute(p->density[piece] - exact_density(x + inset, t),
                          p->density[piece] - exact_density(next - inset, t), next - x);
        x = next;
        piece += next == p->x[piece + 1];
    }
    return total;
}

START_TEST(red_light_turns_green) {
    static const struct {
        const char *flux;
        double error;
    } row[] = {{"greenshields:100,150:20", 12.8},
               {"greenshields:100,150:80", 3.18},
               {"greenshields:100,150:320", .791}};
    double last = 0;
    for (size_t i = 0; i < 3; i++) {
        lwr_flux *flux = flux_of(row[i].flux);
        const lwr_problem problem = green_light(flux);
        lwr_solution *s = solve(&problem, NULL, .06);
        lwr_profile p = profile_of(s), q = initial_of(&problem);
        const double off = distance_to_exact(&p, .06);
        ck_assert_double_eq_tol(off, row[i].error, .007 * row[i].error);
        if (i > 0)
            ck_assert_double_eq_tol(last / off, 4, .03); /* order 1 */
        last = off;
        ck_assert_double_eq_tol(lwr_profile_mass(&q), 360, 1e-12 * 360);
        ck_assert_double_eq_tol(lwr_profile_mass(&p), 360 + lwr_solution_counts(s).net_inflow, 1e-12 * 500);
        crease_error error = {0};
        must(lwr_solution_advance(s, .2, NULL, NULL, &error), &error);
        const lwr_place_state light = lwr_solution_place(s, 0);
        ck_assert_uint_eq(light.cleared, 1);
        ck_assert_double_eq_tol(light.last_cleared, 4 * .8 / (100 * .36), 1e-13);
        /* all of the first 0.08889 h at capacity, then 2400 veh/h */
        ck_assert_double_eq_tol(light.count, 3750 * .8 / 9 + 2400 * (.2 - .8 / 9), 1e-9);
        lwr_profile_clear(&p);
        lwr_profile_clear(&q);
        lwr_solution_free(s);
        lwr_flux_free(flux);
    }
}
END_TEST

typedef struct track {
    size_t count;
    double t[4096], x[4096], speed[4096];
} track;

static void keep_track(void *context, size_t vehicle, double t, double x, double density, double speed) {
    track *kept = context;
    (void)density;
    if (vehicle != 0 || kept->count == 4096)
        return;
    kept->t[kept->count] = t;
    kept->x[kept->count] = x;
    kept->speed[kept->count++] = speed;
}

/* The first vehicle of a line of them starts at a green light: x = vf t - 2 sqrt(..), the same closed form as the
 * shock's, from x0 with density 150 for t0 = |x0|/vf. */
START_TEST(a_vehicle_follows_its_closed_form) {
    lwr_flux *flux = flux_of("greenshields:100,150:1000");
    const double x[] = {-1, 0}, density[] = {150, 0};
    const lwr_problem problem = {
        .flux = flux, .low = -1, .high = 8, .count = 2, .x = x, .density = density, .every = 150};
    track kept = {0};
    lwr_observer observer = {&kept, NULL, keep_track, NULL};
    lwr_solution *s = solve(&problem, &observer, .06);
    lwr_solution_report(s);
    ck_assert_uint_gt(kept.count, 100);
    ck_assert_double_eq_tol(kept.x[0], -.5, 1e-12);
    /* dx/dt = vf (1 - rho/rho_j) in the fan: x = vf t - 2 sqrt(|x0| vf t) */
    for (size_t i = 1; i < kept.count; i++)
        ck_assert_double_eq_tol(kept.x[i], 100 * kept.t[i] - 2 * sqrt(.5 * 100 * kept.t[i]), 2e-3);
    ck_assert_double_eq(kept.t[kept.count - 1], .06);
    lwr_solution_free(s);
    lwr_flux_free(flux);
}
END_TEST

START_TEST(speed_of_a_shock) {
    lwr_flux *flux = flux_of("triangular:100,20,150");
    ck_assert_double_eq_tol(lwr_flux_at(flux, 25), 2500, 1e-9);
    ck_assert_double_eq_tol(flux->critical_density, 25, 1e-13);
    ck_assert_double_eq(flux->jam_density, 150);
    ck_assert_ptr_null(flux->why_unphysical);
    double state[8], speed[8];
    for (double l = 1; l < 150; l += 7.3)
        for (double r = l + .1; r < 150; r += 11.7) {
            const double ql = fmin(100 * l, 20 * (150 - l)), qr = fmin(100 * r, 20 * (150 - r)),
                         s = (qr - ql) / (r - l);
            ck_assert_uint_eq(lwr_flux_riemann(flux, l, r, state, speed), 1);
            if (r - l > 10)
                ck_assert_double_eq_tol(speed[0], s, 1e-14 * 100);
        }
    /* a tiny jump keeps its digits: on both sides of the kink by 1e-12 */
    ck_assert_double_eq_tol(lwr_flux_chord(flux, 25 - 1e-9, 25 + 1e-9), 40, 1e-4);
    ck_assert_double_eq(lwr_flux_chord(flux, 10, 10 + 1e-13), flux->slope[1]);
    lwr_flux_free(flux);
}
END_TEST

/* ---- random problems ---- */

enum { KNOTS = 9, JUMPS = 30 };

typedef struct random_case {
    lwr_flux *flux;
    double x[JUMPS], density[2][JUMPS];
    lwr_problem problem;
    double time;
} random_case;

/* Half of the fluxes concave; the others have any values at their kinks. Densities are often kinks or equal. */
static void make_case(random_case *c, uint64_t seed) {
    gsl_rng *random = crease_random_new(seed, 77);
    const bool concave = seed % 2;
    crease_pwl *pwl = NULL;
    crease_error error = {0};
    const size_t knots = 2 + gsl_rng_uniform_int(random, KNOTS - 1),
                 jumps = 1 + gsl_rng_uniform_int(random, JUMPS);
    must(crease_pwl_new(&pwl, knots, &error), &error);
    double slope = 100;
    for (size_t i = 0; i < knots; i++) {
        const double step = gsl_rng_uniform_int(random, 3) == 0 ? 20 : gsl_ran_flat(random, 1, 40);
        slope -= gsl_ran_flat(random, 0, 60);
        pwl->x[i] = i > 0 ? pwl->x[i - 1] + step : 0;
        pwl->y[i] = i == 0 ? 0 : concave ? pwl->y[i - 1] + slope * step : gsl_ran_flat(random, -500, 3000);
    }
    pwl->slope_left = concave ? 110 : gsl_ran_flat(random, -100, 100);
    pwl->slope_right = concave ? slope - 1 : gsl_ran_flat(random, -100, 100);
    must(lwr_flux_new(pwl, &c->flux, &error), &error);
    ck_assert(!concave || c->flux->concave);
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < jumps; i++) {
            c->x[i] = i == 0 ? 0 : c->x[i - 1] + gsl_ran_flat(random, .01, .4);
            c->density[k][i] = gsl_rng_uniform_int(random, 4) == 0
                                   ? pwl->x[gsl_rng_uniform_int(random, knots)]
                                   : gsl_ran_flat(random, pwl->x[0] - 5, pwl->x[knots - 1] + 5);
        }
    c->time = gsl_ran_flat(random, .001, .3);
    c->problem = (lwr_problem){.flux = c->flux,
                               .domain = gsl_rng_uniform_int(random, 2) ? LWR_RING : LWR_LINE,
                               .high = c->x[jumps - 1] + .1,
                               .count = jumps,
                               .x = c->x,
                               .density = c->density[0]};
    if (c->problem.domain == LWR_LINE)
        c->problem.low = -.1;
    crease_pwl_free(pwl);
    gsl_rng_free(random);
}

typedef struct entropy_check {
    const lwr_flux *flux;
    uint64_t seed;
    size_t fronts;
} entropy_check;

/* Rankine-Hugoniot, and Oleinik's chord condition at every kink between. */
static void check_entropy(void *context, double t0, double x0, double t1, double x1, double left,
                          double right) {
    entropy_check *check = context;
    const lwr_flux *f = check->flux;
    const double speed = lwr_flux_chord(f, left, right), scale = 4000;
    check->fronts++;
    ck_assert_msg(left != right && t1 >= t0, "seed %zu", (size_t)check->seed);
    ck_assert_msg(fabs(x1 - x0 - speed * (t1 - t0)) <= 1e-12 * (1 + fabs(x0)), "seed %zu: not on its way",
                  (size_t)check->seed);
    for (size_t i = 0; i < f->pwl->knot_count; i++) {
        const double u = f->pwl->x[i], chord = lwr_flux_at(f, left) + speed * (u - left);
        if (u > fmin(left, right) && u < fmax(left, right))
            ck_assert_msg(left < right ? chord <= f->pwl->y[i] + 1e-10 * scale
                                       : chord >= f->pwl->y[i] - 1e-10 * scale,
                          "seed %zu: no entropy from %g to %g", (size_t)check->seed, left, right);
    }
}

START_TEST(random_solutions_are_entropy_solutions) {
    const size_t cases = test_rounds(2000, 2000);
    for (uint64_t seed = 1; seed <= cases; seed++) {
        random_case c;
        make_case(&c, seed);
        entropy_check check = {c.flux, seed, 0};
        const lwr_observer observer = {&check, check_entropy, NULL, NULL};
        lwr_profile before = initial_of(&c.problem);
        const bool ring = c.problem.domain == LWR_RING;
        double variation = lwr_profile_variation(&before, ring), low = INFINITY, high = -INFINITY, size = 0;
        for (size_t i = 0; i < before.count; i++) {
            low = fmin(low, before.density[i]);
            high = fmax(high, before.density[i]);
            size += fabs(before.density[i]) * (before.x[i + 1] - before.x[i]);
        }
        lwr_solution *s = NULL;
        crease_error error = {0};
        must(lwr_solution_new(&c.problem, &observer, &s, &error), &error);
        for (int k = 1; k <= 4; k++) {
            must(lwr_solution_advance(s, c.time * k / 4, NULL, NULL, &error), &error);
            lwr_profile p = profile_of(s);
            const double mass = lwr_profile_mass(&before) + lwr_solution_counts(s).net_inflow;
            const double flow = fabs(lwr_solution_counts(s).net_inflow) + c.time * 4000;
            ck_assert_msg(fabs(lwr_profile_mass(&p) - mass) <= 1e-12 * (size + flow),
                          "seed %zu: mass off by %g", (size_t)seed, lwr_profile_mass(&p) - mass);
            const double now = lwr_profile_variation(&p, ring);
            if (ring || c.problem.count == 1)
                ck_assert_msg(now <= variation * (1 + 1e-14), "seed %zu: variation grew", (size_t)seed);
            else /* what was outside the window may be seen in it later, never more than there was */
                ck_assert_msg(now <= lwr_profile_variation(&before, false) * (1 + 1e-14), "seed %zu",
                              (size_t)seed);
            variation = now;
            for (size_t i = 0; i < p.count; i++)
                ck_assert_msg(p.density[i] >= low && p.density[i] <= high && p.x[i + 1] > p.x[i],
                              "seed %zu: maximum", (size_t)seed);
            lwr_profile_clear(&p);
        }
        lwr_solution_report(s);
        if (c.flux->concave)
            ck_assert_uint_le(lwr_solution_counts(s).collisions, lwr_solution_counts(s).fronts_initial);
        ck_assert_msg(before.count < 2 || check.fronts > 0, "seed %zu", (size_t)seed);
        lwr_solution_free(s);
        lwr_profile_clear(&before);
        lwr_flux_free(c.flux);
    }
}
END_TEST

/* Integral of |u - v| never grows on a ring, and the solution of v <= u stays below. */
START_TEST(two_solutions_come_together) {
    const size_t cases = test_rounds(2000, 2000);
    for (uint64_t seed = 1; seed <= cases; seed++) {
        random_case c;
        make_case(&c, seed);
        c.problem.domain = LWR_RING;
        c.problem.low = 0;
        lwr_problem other = c.problem;
        other.density = c.density[1];
        if (seed % 3 == 0)
            for (size_t i = 0; i < c.problem.count; i++)
                c.density[1][i] = fmin(c.density[0][i], c.density[1][i]);
        lwr_profile u = initial_of(&c.problem), v = initial_of(&other);
        double distance = lwr_profile_distance(&u, &v);
        lwr_profile_clear(&u);
        lwr_profile_clear(&v);
        lwr_solution *a = NULL, *b = NULL;
        crease_error error = {0};
        must(lwr_solution_new(&c.problem, NULL, &a, &error), &error);
        must(lwr_solution_new(&other, NULL, &b, &error), &error);
        for (int k = 1; k <= 4; k++) {
            must(lwr_solution_advance(a, c.time * k / 4, NULL, NULL, &error), &error);
            must(lwr_solution_advance(b, c.time * k / 4, NULL, NULL, &error), &error);
            u = profile_of(a);
            v = profile_of(b);
            const double now = lwr_profile_distance(&u, &v);
            ck_assert_msg(now <= distance + 1e-9, "seed %zu: %.17g grew to %.17g", (size_t)seed, distance,
                          now);
            if (seed % 3 == 0) /* comparison: |u - v| = u - v */
                ck_assert_msg(fabs(lwr_profile_mass(&u) - lwr_profile_mass(&v) - now) <= 1e-9,
                              "seed %zu: order", (size_t)seed);
            distance = now;
            lwr_profile_clear(&u);
            lwr_profile_clear(&v);
        }
        lwr_solution_free(a);
        lwr_solution_free(b);
        lwr_flux_free(c.flux);
    }
}
END_TEST

/* What is changed beyond x has no influence farther than the largest wave speed goes. */
START_TEST(influence_has_a_finite_speed) {
    const size_t cases = test_rounds(2000, 2000);
    for (uint64_t seed = 1; seed <= cases; seed++) {
        random_case c;
        make_case(&c, seed);
        c.problem.domain = LWR_LINE;
        c.time *= .1;
        lwr_problem other = c.problem;
        other.density = c.density[1];
        const size_t half = c.problem.count / 2;
        for (size_t i = 0; i < half; i++)
            c.density[1][i] = c.density[0][i];
        c.problem.low = other.low = -5;
        c.problem.high = other.high = c.x[half] - c.flux->largest_slope * c.time * (1 + 1e-9) - 1e-9;
        if (half == 0 || c.problem.high <= -5) {
            lwr_flux_free(c.flux);
            continue;
        }
        lwr_solution *a = solve(&c.problem, NULL, c.time), *b = solve(&other, NULL, c.time);
        lwr_profile u = profile_of(a), v = profile_of(b);
        ck_assert_msg(lwr_profile_distance(&u, &v) <= 1e-11, "seed %zu", (size_t)seed);
        lwr_profile_clear(&u);
        lwr_profile_clear(&v);
        lwr_solution_free(a);
        lwr_solution_free(b);
        lwr_flux_free(c.flux);
    }
}
END_TEST

/* |u_f - u_g| <= t TV(u0) Lip(f - g), on a ring and with two random fluxes. */
START_TEST(fluxes_that_are_near_have_solutions_that_are_near) {
    const size_t cases = test_rounds(2000, 2000);
    double nearest = INFINITY;
    for (uint64_t seed = 1; seed <= cases; seed++) {
        random_case c, d;
        make_case(&c, seed);
        make_case(&d, seed + 10000);
        c.problem.domain = LWR_RING;
        c.problem.low = 0;
        lwr_problem other = c.problem;
        other.flux = d.flux;
        lwr_solution *a = solve(&c.problem, NULL, c.time), *b = solve(&other, NULL, c.time);
        lwr_profile u = profile_of(a), v = profile_of(b), before = initial_of(&c.problem);
        double low = INFINITY, high = -INFINITY;
        for (size_t i = 0; i < before.count; i++) {
            low = fmin(low, before.density[i]);
            high = fmax(high, before.density[i]);
        }
        const double bound =
            c.time * lwr_profile_variation(&before, true) * lwr_flux_distance(c.flux, d.flux, low, high);
        ck_assert_msg(lwr_profile_distance(&u, &v) <= bound * (1 + 1e-12) + 1e-10, "seed %zu", (size_t)seed);
        if (bound > 0 && lwr_profile_distance(&u, &v) > 0)
            nearest = fmin(nearest, bound / lwr_profile_distance(&u, &v));
        lwr_profile_clear(&u);
        lwr_profile_clear(&v);
        lwr_profile_clear(&before);
        lwr_solution_free(a);
        lwr_solution_free(b);
        lwr_flux_free(c.flux);
        lwr_flux_free(d.flux);
    }
    ck_assert_double_lt(nearest, 3); /* the bound is no empty one */
}
END_TEST

/* The hull by looking at every convex combination: the chord of each front has no kink on the wrong side, speeds ascend,
 * and the flow at x = 0 is Godunov's. */
START_TEST(riemann_problems) {
    const size_t cases = test_rounds(2000, 2000);
    for (uint64_t seed = 1; seed <= cases; seed++) {
        random_case c;
        make_case(&c, seed);
        double state[KNOTS + 3], speed[KNOTS + 3];
        for (size_t i = 1; i < c.problem.count; i++) {
            const double l = c.density[0][i - 1], r = c.density[0][i];
            const size_t m = lwr_flux_riemann(c.flux, l, r, state, speed);
            ck_assert_msg(state[0] == l && state[m] == r && (m == 0) == (l == r), "seed %zu", (size_t)seed);
            entropy_check check = {c.flux, seed, 0};
            size_t standing = 0;
            for (size_t k = 0; k < m; k++) {
                ck_assert_msg(k == 0 || speed[k] >= speed[k - 1] - 1e-12 * 100, "seed %zu: order of speeds",
                              (size_t)seed);
                check_entropy(&check, 0, 0, 1e-3, speed[k] * 1e-3, state[k], state[k + 1]);
                standing += speed[k] < 0;
            }
            double extreme = lwr_flux_at(c.flux, l);
            for (int k = 0; k <= 2000; k++) { /* no kink is missed by more than the step lets */
                const double q = lwr_flux_at(c.flux, l + (r - l) * k / 2000);
                extreme = l < r ? fmin(extreme, q) : fmax(extreme, q);
            }
            const double q = lwr_flux_godunov(c.flux, l, r),
                         slack = fabs(r - l) / 2000 * c.flux->largest_slope;
            ck_assert_msg(l < r ? q <= extreme + 1e-9 && q >= extreme - slack
                                : q >= extreme - 1e-9 && q <= extreme + slack,
                          "seed %zu: Godunov", (size_t)seed);
            ck_assert_msg(fabs(lwr_flux_at(c.flux, state[standing]) - q) <= 1e-9, "seed %zu: at 0",
                          (size_t)seed);
        }
        lwr_flux_free(c.flux);
    }
}
END_TEST

/* Equal jumps at equal distances: all fronts of a fan meet all of the next at the same few times and places. */
START_TEST(many_collisions_at_once) {
    lwr_flux *flux = flux_of("trapezoidal:100,2000,20,150");
    enum { N = 400 };
    double x[N], density[N], mass = 0;
    for (size_t i = 0; i < N; i++) {
        x[i] = (double)i * .025;
        density[i] = i % 2 ? 150 : 0;
        mass += density[i] * .025;
    }
    const lwr_problem ring = {
        .flux = flux, .domain = LWR_RING, .high = N * .025, .count = N, .x = x, .density = density};
    crease_error error = {0};
    lwr_solution *s = NULL;
    must(lwr_solution_new(&ring, NULL, &s, &error), &error);
    for (double t = .0001; t < 100; t *= 3) {
        must(lwr_solution_advance(s, t, NULL, NULL, &error), &error);
        lwr_profile p = profile_of(s);
        ck_assert_double_eq_tol(lwr_profile_mass(&p), mass, 1e-12 * mass);
        lwr_profile_clear(&p);
    }
    /* on the congested branch all fronts are parallel in the end; memory follows the fronts, not the collisions */
    const lwr_counts counts = lwr_solution_counts(s);
    ck_assert_uint_eq(counts.fronts, N);
    ck_assert_uint_le(counts.room, 2 * counts.fronts_most + 64);
    ck_assert_uint_eq(counts.collisions, N);
    lwr_solution_free(s);
    lwr_flux_free(flux);
}
END_TEST

/* The last two fronts of a ring annihilate and leave the constant density. */
START_TEST(the_last_two_fronts) {
    lwr_flux *flux = flux_of("triangular:100,25,150");
    const double x[] = {0, 1}, density[] = {10, 20};
    const lwr_problem ring = {
        .flux = flux, .domain = LWR_RING, .high = 5, .count = 2, .x = x, .density = density};
    lwr_solution *s = solve(&ring, NULL, 3);
    lwr_profile p = profile_of(s),
                q = initial_of(&ring); /* free traffic moves as it is: 300 km are 60 rounds */
    ck_assert_uint_eq(lwr_solution_counts(s).collisions, 0);
    ck_assert_double_eq_tol(lwr_profile_mass(&p), 90, 1e-10);
    ck_assert_double_le(lwr_profile_distance(&p, &q), 1e-11);
    lwr_profile_clear(&p);
    lwr_profile_clear(&q);
    lwr_solution_free(s);
    /* densities 0 and 150: a shock and a fan; with the mean at 30 = critical the jam just dissolves into a constant */
    const double jam[] = {150, 0};
    const lwr_problem other = {
        .flux = flux, .domain = LWR_RING, .high = 5, .count = 2, .x = x, .density = jam};
    s = solve(&other, NULL, 10);
    p = profile_of(s);
    ck_assert_double_eq_tol(lwr_profile_mass(&p), 150, 1e-10);
    ck_assert_double_le(lwr_profile_variation(&p, true), 60.1);
    lwr_profile_clear(&p);
    lwr_solution_free(s);
    lwr_flux_free(flux);
    /* Burgers-like: one hump, everything interacts, the mean remains (decay like 1/t) */
    flux = flux_of("greenshields:100,150:2");
    const double hump[] = {120, 90};
    const lwr_problem last = {
        .flux = flux, .domain = LWR_RING, .high = 5, .count = 2, .x = x, .density = hump};
    s = solve(&last, NULL, 1);
    p = profile_of(s);
    ck_assert_double_eq_tol(lwr_profile_mass(&p), 120 + 360, 1e-10);
    lwr_profile_clear(&p);
    lwr_solution_free(s);
    lwr_flux_free(flux);
}
END_TEST

Suite *test_traffic_lwr(void) {
    Suite *suite = suite_create("traffic lwr");
    TCase *forms = tcase_create("closed forms"), *random = tcase_create("random");
    tcase_add_test(forms, red_light_turns_green);
    tcase_add_test(forms, a_vehicle_follows_its_closed_form);
    tcase_add_test(forms, speed_of_a_shock);
    tcase_add_test(forms, many_collisions_at_once);
    tcase_add_test(forms, the_last_two_fronts);
    suite_add_tcase(suite, forms);
    tcase_add_test(random, random_solutions_are_entropy_solutions);
    tcase_add_test(random, two_solutions_come_together);
    tcase_add_test(random, influence_has_a_finite_speed);
    tcase_add_test(random, fluxes_that_are_near_have_solutions_that_are_near);
    tcase_add_test(random, riemann_problems);
    tcase_set_timeout(random, 600);
    suite_add_tcase(suite, random);
    return suite;
}
