/* Car following made of ReLUs, the motion: against solutions by hand, small steps, invariants, the diagram and the LWR
 * model. */
#include "crease/random.h"
#include "support/suites.h"
#include "traffic/ring/ring.h"
#include <math.h>
#include <stdlib.h>

static const follow_law base = {2, 1.2, 7.5, 30, .7};

static ring_motion *start(const ring_problem *p, const double *x, const double *v) {
    ring_motion *motion = NULL;
    crease_error error;
    ck_assert_msg(ring_motion_new(p, x, v, &motion, &error) == CREASE_OK, "%s", error.message);
    return motion;
}

static ring_summary run_to(ring_motion *motion, double t) {
    ring_summary summary;
    crease_error error;
    crease_ode_end end;
    ck_assert_msg(ring_motion_advance(motion, t, &end, &error) == CREASE_OK, "%s", error.message);
    ck_assert_msg(ring_motion_summary(motion, &summary, &error) == CREASE_OK, "%s", error.message);
    return summary;
}

static void place(size_t n, double length, double amplitude, size_t mode, uint64_t seed, double *x) {
    ck_assert_int_eq(ring_start(n, length, amplitude, mode, seed, x, NULL), CREASE_OK);
}

START_TEST(uniform_flow_is_an_equilibrium_on_the_diagram) {
    static const double spacing[] = {5, 7.5, 8, 20, 43.4, 43.5, 44, 100};
    for (int order = 1; order <= 2; order++)
        for (size_t k = 0; k < sizeof spacing / sizeof *spacing; k++) {
            enum { N = 12 };
            double x[N], s[N], v[N];
            ring_problem p = {.law = base, .vehicles = N, .length = N * spacing[k]};
            p.law.order = order;
            p.law.tau = .3;
            place(N, p.length, 0, 1, 1, x);
            ring_motion *motion = start(&p, x, NULL);
            const ring_summary summary = run_to(motion, 100);
            ring_motion_at(motion, 77, NULL, v, s);
            for (size_t i = 0; i < N; i++) {
                ck_assert_double_eq_tol(s[i], spacing[k], 1e-10);
                ck_assert_double_eq_tol(v[i], follow_speed(&p.law, spacing[k]), 1e-10);
            }
            /* q = v / s lies on the triangle min(vmax rho, (1 - sj rho) / Tg) */
            const double rho = 1 / spacing[k], flow = fmax(0, fmin(30 * rho, (1 - 7.5 * rho) / 1.2));
            ck_assert_double_eq_tol(summary.mean_speed * rho, flow, 1e-10);
            ck_assert_double_eq_tol(follow_flow(&p.law, rho), flow, 1e-15);
            ck_assert_uint_eq(summary.collisions, 0);
            ring_motion_free(motion);
        }
}
END_TEST

/* A random start, until stop and go: spacings add up to the ring, and numbering vehicles otherwise changes nothing. */
START_TEST(ring_is_closed_and_has_no_first_vehicle) {
    enum { N = 15, MOVED = 4 };
    double x[N], other[N], s[N], s_other[N], v[N];
    ring_problem p = {.law = base, .vehicles = N, .length = 20. * N};
    p.law.tau = .9;
    place(N, p.length, 4, 0, 3, x);
    for (size_t i = 0; i < N; i++)
        other[i] = i + MOVED < N ? x[i + MOVED] : x[i + MOVED - N] + p.length;
    ring_motion *a = start(&p, x, NULL), *b = start(&p, other, NULL);
    const ring_summary one = run_to(a, 120), two = run_to(b, 120);
    ck_assert_uint_gt(one.kinks, 10);
    ck_assert_uint_eq(one.kinks, two.kinks);
    ck_assert_uint_eq((one.least_vehicle + N - MOVED) % N, two.least_vehicle);
    ck_assert_double_eq_tol(one.least_spacing, two.least_spacing, 1e-6);
    for (double t = 0; t <= 120; t += 7.5) {
        double sum = 0;
        ring_motion_at(a, t, x, v, s);
        ring_motion_at(b, t, NULL, NULL, s_other);
        for (size_t i = 0; i < N; i++) {
            sum += s[i];
            ck_assert_double_eq_tol(s[(i + MOVED) % N], s_other[i], 1e-5);
            ck_assert_double_eq_tol(s[i], (i + 1 < N ? x[i + 1] : x[0] + p.length) - x[i], 1e-9);
            ck_assert_double_ge(v[i], -1e-9);
        }
        ck_assert_double_eq_tol(sum, p.length, 1e-12 * p.length);
    }
    ring_motion_free(a);
    ring_motion_free(b);
}
END_TEST

/* Integral of V from the standstill spacing. */
static double potential(const follow_law *law, double s) {
    const double z = fmax(0, s - law->standstill), full = law->gap_time * law->speed, ramp = fmin(z, full);
    return ramp * ramp / (2 * law->gap_time) + law->speed * (z - ramp);
}

/* Order 1: order is kept, no spacing falls below the least one at first, and the energy, the sum of the integrals of V,
 * falls at the rate -1/2 sum (V_{i+1} - V_i)^2. */
START_TEST(first_order_never_collides) {
    enum { N = 14 };
    gsl_rng *generator = crease_random_new(9, 0);
    for (size_t k = 0; k < test_cases(60, 3000); k++) {
        double x[N], s[N], v[N], at = 0, least = INFINITY, before = INFINITY;
        ring_problem p = {.law = base, .vehicles = N, .vehicle = .5};
        p.law.order = 1;
        for (size_t i = 0; i < N; i++) {
            const double gap = 1 + 50 * pow(gsl_rng_uniform(generator), 2);
            x[i] = at;
            at += gap;
            least = fmin(least, gap);
        }
        p.length = at;
        ring_motion *motion = start(&p, x, NULL);
        const ring_summary summary = run_to(motion, 30);
        ck_assert_uint_eq(summary.collisions, 0);
        ck_assert_msg(summary.least_spacing >= least - 1e-9, "case %zu: %g below %g", k,
                      summary.least_spacing, least);
        for (double t = 0; t <= 30; t += .5) {
            enum { PARTS = 20 };
            double energy = 0, fallen = 0;
            ring_motion_at(motion, t, NULL, NULL, s);
            for (size_t i = 0; i < N; i++)
                energy += potential(&p.law, s[i]);
            ck_assert_msg(energy <= before + 1e-8, "case %zu: energy grows at %g s", k, t);
            /* over a short time, by Simpson */
            for (size_t q = 0; q <= 2 * PARTS && t < 30; q++) {
                ring_motion_at(motion, t + .5 * (double)q / (2 * PARTS), NULL, v, NULL);
                double rate = 0;
                for (size_t i = 0; i < N; i++)
                    rate += .5 * pow(v[(i + 1) % N] - v[i], 2);
                fallen += rate * (q == 0 || q == 2 * PARTS ? 1 : q % 2 ? 4 : 2) * .5 / (6 * PARTS);
            }
            if (t > 0)
                ck_assert_double_le(energy, before + 1e-8);
            before = energy;
            if (t < 30) {
                double next = 0;
                ring_motion_at(motion, t + .5, NULL, NULL, s);
                for (size_t i = 0; i < N; i++)
                    next += potential(&p.law, s[i]);
                ck_assert_msg(fabs(energy - next - fallen) < 1e-3 * (1 + fallen),
                              "case %zu at %g s: %g, not %g", k, t, energy - next, fallen);
            }
        }
        ring_motion_free(motion);
    }
    gsl_rng_free(generator);
}
END_TEST

/* While nobody meets a kink the mean speed is that of uniform flow; beyond, it is not. */
START_TEST(mean_speed_on_the_congested_branch) {
    enum { N = 20 };
    double x[N], v[N];
    ring_problem p = {.law = base, .vehicles = N, .length = 25. * N};
    place(N, p.length, 2, 0, 5, x);
    ring_motion *motion = start(&p, x, NULL);
    const ring_summary summary = run_to(motion, 60);
    ck_assert_uint_eq(summary.kinks, 0);
    ck_assert(isnan(summary.first_kink));
    for (double t = 0; t <= 60; t += 6) {
        double sum = 0;
        ring_motion_at(motion, t, NULL, v, NULL);
        for (size_t i = 0; i < N; i++)
            sum += v[i];
        ck_assert_double_eq_tol(sum / N, 17.5 / 1.2, 1e-9);
    }
    ring_motion_free(motion);
}
END_TEST

/* Two vehicles of order 1 on a ring, one ramp: s' = ((L - s) - s) / Tg while both are on it, by hand; and the two kinks that
 * the one in front meets when it starts beyond the free spacing. */
START_TEST(two_vehicles_by_hand) {
    const double x[] = {0, 15}, far[] = {0, 10};
    double s[2];
    ring_problem p = {.law = base, .vehicles = 2, .length = 40};
    p.law.order = 1;
    ring_motion *motion = start(&p, x, NULL);
    ck_assert_uint_eq(run_to(motion, 5).kinks, 0);
    for (double t = 0; t <= 5; t += .25) {
        ring_motion_at(motion, t, NULL, NULL, s);
        ck_assert_double_eq_tol(s[0], 20 - 5 * exp(-2 * t / 1.2), 1e-8);
    }
    ring_motion_free(motion);
    /* s_1 = 60 > 43.5: V = 30, s_0' = 30 - (s_0 - 7.5) / 1.2 until s_1 = 43.5, s_0 = 26.5; then both on the ramp */
    p.length = 70;
    motion = start(&p, far, NULL);
    const ring_summary summary = run_to(motion, 5);
    const double rest = 7.5 + 36, hit = 1.2 * log((rest - 10) / (rest - 26.5));
    ck_assert_uint_eq(summary.kinks, 1);
    ck_assert_double_eq_tol(summary.first_kink, hit, 1e-8);
    for (double t = 0; t <= 5; t += .25) {
        ring_motion_at(motion, t, NULL, NULL, s);
        ck_assert_double_eq_tol(
            s[0], t < hit ? rest - (rest - 10) * exp(-t / 1.2) : 35 - 8.5 * exp(-2 * (t - hit) / 1.2), 1e-8);
    }
    ring_motion_free(motion);
}
END_TEST

/* Two vehicles of order 2, the one behind fast, the other standing for as long as its spacing is below sj: v = v0 e^{-t/tau},
 * so the spacing falls to s0 - v0 tau (1 - e^{-t/tau}). */
START_TEST(collision_by_hand) {
    const double x[] = {0, 7}, v[] = {20, 0};
    ring_problem p = {.law = base, .vehicles = 2, .length = 13, .vehicle = 2, .stop = true};
    double s[2];
    p.law.tau = .5;
    const double hit = -.5 * log(1 - 5. / 10);
    /* the other spacing, 6 + 10 (1 - e^{-t/tau}), passes 7.5 before: then the front car moves */
    const double moves = -.5 * log(1 - 1.5 / 10);
    ck_assert_double_lt(moves, hit);
    p.law.gap_time = 1e6; /* but hardly */
    ring_motion *motion = start(&p, x, v);
    crease_ode_end end;
    ck_assert_int_eq(ring_motion_advance(motion, 10, &end, NULL), CREASE_OK);
    ck_assert_int_eq(end, CREASE_ODE_TERMINAL);
    ck_assert_double_eq_tol(ring_motion_time(motion), hit, 1e-5);
    const ring_summary summary = run_to(motion, ring_motion_time(motion));
    ck_assert_uint_eq(summary.collisions, 1);
    ck_assert_uint_eq(summary.first_collided, 0);
    ck_assert_double_eq_tol(summary.first_kink, moves, 1e-8);
    ck_assert_double_eq(summary.first_collision, ring_motion_time(motion));
    ck_assert_double_eq_tol(summary.least_spacing, 2, 1e-9);
    ring_motion_free(motion);
    p.stop = false;
    motion = start(&p, x, v);
    const ring_summary beyond = run_to(motion, 8);
    ring_motion_at(motion, 8, NULL, NULL, s);
    ck_assert_double_eq_tol(s[0], 7 - 10, 1e-3);
    ck_assert_double_eq_tol(beyond.least_spacing, 7 - 10, 1e-3);
    ring_motion_free(motion);
}
END_TEST

/* The case of the specification, and its least spacing against a fine grid of the same motion. */
START_TEST(optimal_velocity_can_collide) {
    enum { N = 50 };
    double x[N], s[N], least = INFINITY;
    ring_problem p = {.law = base, .vehicles = N, .length = 20 * N};
    p.law.tau = 1;
    place(N, p.length, 1, 0, 1, x);
    ring_motion *motion = start(&p, x, NULL);
    const ring_summary summary = run_to(motion, 300);
    ck_assert_uint_gt(summary.collisions, 0);
    ck_assert_double_lt(summary.least_spacing, -.9);
    ck_assert_double_gt(summary.least_spacing, -1.3);
    for (double t = summary.least_time - 1; t <= summary.least_time + 1; t += 1e-3) {
        ring_motion_at(motion, t, NULL, NULL, s);
        least = fmin(least, s[summary.least_vehicle]);
    }
    ck_assert_double_eq_tol(summary.least_spacing, least, 1e-6);
    ring_motion_at(motion, summary.first_collision, NULL, NULL, s);
    ck_assert_double_eq_tol(s[summary.first_collided], 0, 1e-8);
    ring_motion_free(motion);
}
END_TEST

/* Stop and go by the classical Runge-Kutta method in small steps, positions and V as they are written. */
static void rates(const ring_problem *p, const double *y, double *f) {
    const size_t n = p->vehicles;
    for (size_t i = 0; i < n; i++) {
        const double s = i + 1 < n ? y[i + 1] - y[i] : y[0] + p->length - y[i],
                     z = (s - p->law.standstill) / p->law.gap_time,
                     wanted = fmax(z, 0) - fmax(z - p->law.speed, 0);
        f[i] = p->law.order == 1 ? wanted : y[n + i];
        f[n + i] = (wanted - y[n + i]) / p->law.tau;
    }
}

static void small_step(const ring_problem *p, double h, double *y) {
    double f[4][32], at[32];
    const size_t n = 2 * p->vehicles;
    rates(p, y, f[0]);
    for (size_t stage = 1; stage < 4; stage++) {
        for (size_t i = 0; i < n; i++)
            at[i] = y[i] + (stage < 3 ? .5 : 1) * h * f[stage - 1][i];
        rates(p, at, f[stage]);
    }
    for (size_t i = 0; i < n; i++)
        y[i] += h / 6 * (f[0][i] + 2 * f[1][i] + 2 * f[2][i] + f[3][i]);
}

START_TEST(motion_is_that_of_small_steps) {
    enum { N = 8, STEPS = 30000 };
    for (int order = 1; order <= 2; order++) {
        double x[N], v[N], y[2 * N];
        ring_problem p = {.law = base, .vehicles = N, .length = 18. * N};
        p.law.order = order;
        p.law.speed = 12;
        p.law.tau = 1.1;
        place(N, p.length, 6, 0, 11, x);
        for (size_t i = 0; i < N; i++) {
            y[i] = x[i];
            y[N + i] = 10.5 / 1.2;
        }
        ring_motion *motion = start(&p, x, NULL);
        const ring_summary summary = run_to(motion, 60);
        ck_assert_uint_ge(summary.kinks, order == 1 ? 2 : 20);
        for (size_t k = 1; k <= STEPS; k++) {
            small_step(&p, 60. / STEPS, y);
            if (k % (STEPS / 20) != 0)
                continue;
            ring_motion_at(motion, 60. * (double)k / STEPS, x, v, NULL);
            for (size_t i = 0; i < N; i++) {
                ck_assert_double_eq_tol(x[i], y[i], 1e-4);
                if (order == 2)
                    ck_assert_double_eq_tol(v[i], y[N + i], 1e-4);
            }
        }
        ring_motion_free(motion);
    }
}
END_TEST

/* ---- LWR ---- */

/* Place of a label on the endless road at the start. */
static double place_at_first(const ring_problem *p, const double *x, double label) {
    const double n = (double)p->vehicles, round = floor(label / n), within = label - round * n;
    const size_t i = within >= n ? p->vehicles - 1 : (size_t)within;
    const double next = i + 1 < p->vehicles ? x[i + 1] : x[0] + p->length;
    return round * p->length + x[i] + (within - (double)i) * (next - x[i]);
}

/* The solution in the coordinates of vehicles (Newell 1993, as a Lax-Hopf formula): dx/dt = V(dx/di) with V the least of vf
 * and (s - sj)/Tg gives x(i, t) = min over 0 <= a <= t/Tg of x0(i + a) + vf (t - a Tg) - a sj. x0 is straight between
 * vehicles, so the least is at a whole a or at the end. */
static double newell(const ring_problem *p, const double *x, size_t i, double t) {
    const follow_law *law = &p->law;
    const double label = (double)i, most = t / law->gap_time;
    double least = INFINITY;
    for (double ahead = 0; ahead <= most + 1; ahead++) {
        const double a = fmin(ahead, most), s = a * law->gap_time;
        least = fmin(least, place_at_first(p, x, label + a) + law->speed * (t - s) - law->standstill * a);
    }
    return least;
}

START_TEST(many_vehicles_are_lwr) {
    enum { N = 24 };
    double x[N];
    ring_distance distance[4];
    ring_paths paths;
    crease_error error;
    ring_problem p = {.law = base, .vehicles = N, .length = 20 * N, .vehicle = 5};
    p.law.order = 1;
    ck_assert_int_eq(ring_start_queue(&p.law, N, p.length, .5, x, &error), CREASE_OK);
    ck_assert_int_eq(ring_lwr_paths(&p, x, 20, 1, &paths, &error), CREASE_OK);
    ck_assert_uint_eq(paths.count, N);
    for (size_t k = 0, m = 1; k < 4; k++, m *= 4)
        ck_assert_msg(ring_lwr_distance(&p, x, 20, m, &paths, distance + k, &error) == CREASE_OK, "%s",
                      error.message);
    ck_assert_double_lt(distance[0].density, N);
    for (size_t k = 1; k < 3; k++) {
        ck_assert_double_eq_tol(log(distance[k].density / distance[k + 1].density) / log(4), .5, .05);
        ck_assert_double_eq_tol(log(distance[k].path / distance[k + 1].path) / log(4), .5, .1);
    }
    ck_assert_int_eq(ring_lwr_distance(&p, x, 0, 4, NULL, distance, &error), CREASE_OK);
    ck_assert_double_eq_tol(distance[0].density, 0, 1e-9);
    ck_assert(isnan(distance[0].path));
    ring_paths_clear(&paths);
    /* wholly free traffic goes round as it is, so there is no difference at all */
    p.length = 60 * N;
    place(N, p.length, 5, 0, 2, x);
    ck_assert_int_eq(ring_lwr_paths(&p, x, 100, 3, &paths, &error), CREASE_OK);
    ck_assert_int_eq(ring_lwr_distance(&p, x, 100, 4, &paths, distance, &error), CREASE_OK);
    ck_assert_double_eq_tol(distance[0].density, 0, 1e-7);
    ck_assert_double_eq_tol(distance[0].path, 0, 1e-6);
    ring_paths_clear(&paths);
    p.law.order = 2;
    ck_assert_int_eq(ring_lwr_distance(&p, x, 1, 4, NULL, distance, &error), CREASE_BAD_ARGUMENT);
}
END_TEST

/* Front tracking against the formula. */
START_TEST(paths_are_those_of_newell) {
    enum { N = 17 };
    for (unsigned long seed = 1; seed <= test_cases(4, 40); seed++)
        for (size_t every = 1; every <= 4; every++) {
            double x[N];
            ring_paths paths;
            crease_error error;
            ring_problem p = {.law = base, .vehicles = N, .length = (12 + 3 * (double)(seed % 9)) * N};
            gsl_rng *random = crease_random_new(seed, 77);
            double gap[N], sum = 0, room = p.length - p.law.standstill * N;
            p.law.order = 1;
            for (size_t i = 0; i < N; i++)
                sum += gap[i] = -log(1 - gsl_rng_uniform(random));
            x[0] = 40 * gsl_rng_uniform(random) - 20;
            for (size_t i = 0; i + 1 < N; i++)
                x[i + 1] = x[i] + p.law.standstill + room * gap[i] / sum;
            gsl_rng_free(random);
            ck_assert_int_eq(ring_lwr_paths(&p, x, 60, every, &paths, &error), CREASE_OK);
            ck_assert_uint_ge(paths.count, N / every);
            for (size_t k = 0; k < paths.count; k++)
                for (double t = 0; t <= 60; t += 7.5)
                    ck_assert_msg(fabs(ring_paths_at(&paths, k, t) - newell(&p, x, k * every, t)) <
                                      1e-6 * p.length,
                                  "seed %lu, every %zu, vehicle %zu at %g s: %.9g, %.9g", seed, every,
                                  k * every, t, ring_paths_at(&paths, k, t), newell(&p, x, k * every, t));
            ring_paths_clear(&paths);
        }
    /* closer than in a jam: no state of the LWR model */
    ring_paths none;
    crease_error error;
    const double close[] = {0, 5, 100};
    const ring_problem p = {.law = base, .vehicles = 3, .length = 300};
    ck_assert_int_eq(ring_lwr_paths(&p, close, 10, 1, &none, &error), CREASE_OK);
    ck_assert_uint_eq(none.count, 0);
    ring_paths_clear(&none);
}
END_TEST

START_TEST(what_makes_no_sense_is_refused) {
    ring_motion *motion = NULL;
    crease_error error;
    double x[] = {0, 10, 20};
    const double bad[] = {0, 25, 20}, v[] = {1, -1, 1};
    follow_root root[2];
    size_t kinks;
    ring_problem p = {.law = base, .vehicles = 3, .length = 30};
    ck_assert_int_eq(ring_motion_new(&p, bad, NULL, &motion, &error), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(ring_motion_new(&p, x, v, &motion, &error), CREASE_BAD_ARGUMENT);
    p.length = 20;
    ck_assert_int_eq(ring_motion_new(&p, x, NULL, &motion, &error), CREASE_BAD_ARGUMENT);
    p.length = NAN;
    ck_assert_int_eq(ring_motion_new(&p, x, NULL, &motion, &error), CREASE_BAD_ARGUMENT);
    p.length = 30;
    x[1] = NAN;
    ck_assert_int_eq(ring_motion_new(&p, x, NULL, &motion, &error), CREASE_BAD_ARGUMENT);
    p.length = 22.5; /* uniform spacing at a kink */
    ck_assert_int_eq(ring_measure(&p, 1, root, &kinks, &error), CREASE_BAD_ARGUMENT);
    p.length = 30;
    ck_assert_int_eq(ring_measure(&p, 3, root, &kinks, &error), CREASE_BAD_ARGUMENT);
    static const follow_law laws[] = {{3, 1.2, 7.5, 30, 1},  {2, 0, 7.5, 30, 1},   {2, 1.2, NAN, 30, 1},
                                      {2, 1.2, 7.5, -30, 1}, {2, 1.2, 7.5, 30, 0}, {1, INFINITY, 7.5, 30, 0}};
    for (size_t i = 0; i < sizeof laws / sizeof *laws; i++)
        ck_assert_int_eq(follow_check(laws + i, &error), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(ring_start_queue(&base, 3, 22.5, .5, x, &error), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(ring_start_queue(&base, 3, 90, .1, x, &error), CREASE_BAD_ARGUMENT);
    ring_motion_free(NULL);
}
END_TEST

Suite *test_traffic_ring(void) {
    Suite *suite = suite_create("traffic ring");
    TCase *motion = tcase_create("motion");
    tcase_add_test(motion, uniform_flow_is_an_equilibrium_on_the_diagram);
    tcase_add_test(motion, ring_is_closed_and_has_no_first_vehicle);
    tcase_add_test(motion, first_order_never_collides);
    tcase_add_test(motion, mean_speed_on_the_congested_branch);
    tcase_add_test(motion, two_vehicles_by_hand);
    tcase_add_test(motion, motion_is_that_of_small_steps);
    tcase_add_test(motion, collision_by_hand);
    tcase_add_test(motion, optimal_velocity_can_collide);
    tcase_add_test(motion, many_vehicles_are_lwr);
    tcase_add_test(motion, paths_are_those_of_newell);
    tcase_add_test(motion, what_makes_no_sense_is_refused);
    tcase_set_timeout(motion, 120);
    suite_add_tcase(suite, motion);
    return suite;
}
