/* What holds on both sides of a place at any time, for fluxes of any form: the flow past it is the smaller one of its limit
 * and of Godunov's flow between the two densities (Andreianov, Goatin & Seguin 2010), seen from a moving place as well
 * (Delle Monache & Goatin 2014); a place behind slower traffic goes with it and nobody passes. */
#include "crease/random.h"
#include "support/suites.h"
#include "traffic/lwr/lwr.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KNOTS = 8, JUMPS = 16, PLACES = 4, STEPS = 5 };

static void must(crease_status status, const crease_error *error, uint64_t seed) {
    ck_assert_msg(status == CREASE_OK, "seed %zu: %s", (size_t)seed, error->message);
}

static lwr_flux *flux_of(size_t n, const double *x, const double *y) {
    crease_pwl *pwl = NULL;
    lwr_flux *flux = NULL;
    crease_error error = {0};
    must(crease_pwl_new(&pwl, n, &error), &error, 0);
    memcpy(pwl->x, x, n * sizeof *x);
    memcpy(pwl->y, y, n * sizeof *y);
    pwl->slope_left = (y[1] - y[0]) / (x[1] - x[0]);
    pwl->slope_right = (y[n - 1] - y[n - 2]) / (x[n - 1] - x[n - 2]);
    must(lwr_flux_new(pwl, &flux, &error), &error, 0);
    crease_pwl_free(pwl);
    return flux;
}

/* A flux whose speed first rises with density. In front a row of cars at 40 km/h, behind one at 50, between them on the
 * empty road somebody who would go 60: he has come up to the first row when the second one comes up to both. */
START_TEST(a_place_between_two_rows) {
    lwr_flux *flux = flux_of(4, (const double[]){0, 20, 50, 80}, (const double[]){0, 800, 2500, 0});
    const double x[] = {-3, 0, .1}, density[] = {50, 0, 8}, time[] = {0}, none[] = {0};
    const lwr_place place = {.x = .05, .speed = 60, .limit = {1, time, none, 0, 0}};
    const lwr_problem problem = {.flux = flux,
                                 .low = -3,
                                 .high = 3,
                                 .count = 3,
                                 .x = x,
                                 .density = density,
                                 .place_count = 1,
                                 .place = &place};
    lwr_solution *s = NULL;
    crease_error error = {0};
    must(lwr_solution_new(&problem, NULL, &s, &error), &error, 0);
    must(lwr_solution_advance(s, .0025, NULL, NULL, &error), &error, 0);
    ck_assert_double_eq_tol(lwr_solution_place(s, 0).x, .2, 1e-13); /* both there */
    must(lwr_solution_advance(s, .01, NULL, NULL, &error), &error, 0);
    ck_assert_double_eq_tol(lwr_solution_place(s, 0).x, .5, 1e-13);
    must(lwr_solution_advance(s, .02, NULL, NULL, &error), &error, 0);
    ck_assert_double_eq_tol(lwr_solution_place(s, 0).x, 1, 1e-13); /* with the second row */
    ck_assert_double_eq_tol(lwr_solution_place(s, 0).count, 0, 1e-11);
    lwr_solution_free(s);
    lwr_flux_free(flux);
}
END_TEST

/* Two of them at one point, the slower one with the limit 0: both go with the same traffic but for the last digit, and
 * neither overtakes the other for its sake. */
START_TEST(two_places_in_the_same_traffic) {
    lwr_flux *flux = flux_of(7,
                             (const double[]){0, 20, 40, 47.938161185516442, 56.06007181978454,
                                              61.801939594181214, 81.801939594181221},
                             (const double[]){0, 1255.1513845458464, 238.92693321920035, 238.92693321920035,
                                              2197.0635588093237, 1190.1965794102616, 0});
    const double x[] = {3.2306549480351556, 3.2458709323872026}, time[] = {0},
                 density[] = {27.770938961951288, flux->jam_density}, limit[] = {0, 1317.1404856245624};
    const lwr_place place[] = {
        {.x = 3.4237481214229417, .speed = 7.4344210143700096, .limit = {1, time, limit, 0, 0}},
        {.x = 3.4237481214229417, .speed = 76.899982227637707, .limit = {1, time, limit + 1, 0, 0}}};
    const lwr_problem problem = {.flux = flux,
                                 .domain = LWR_ROAD,
                                 .high = 3.7615911852264441,
                                 .count = 2,
                                 .x = x,
                                 .density = density,
                                 .place_count = 2,
                                 .place = place};
    lwr_solution *s = NULL;
    crease_error error = {0};
    must(lwr_solution_new(&problem, NULL, &s, &error), &error, 0);
    must(lwr_solution_advance(s, .05, NULL, NULL, &error), &error, 0);
    ck_assert_uint_lt(lwr_solution_counts(s).room, 1000);
    lwr_solution_free(s);
    lwr_flux_free(flux);
}
END_TEST

/* ---- random roads ---- */

typedef struct road {
    lwr_flux *flux;
    double x[JUMPS], density[JUMPS], time[PLACES + 2][STEPS], value[PLACES + 2][STEPS], end;
    lwr_place place[PLACES];
    lwr_problem problem;
} road;

/* Concave or with any values at its kinks; on every third road all numbers are round, and much happens at once. */
static lwr_flux *random_flux(gsl_rng *random, bool round_numbers) {
    const size_t n = 3 + gsl_rng_uniform_int(random, KNOTS - 2);
    double x[KNOTS] = {0}, y[KNOTS] = {0}, slope = 100;
    const bool concave = gsl_rng_uniform_int(random, 2);
    for (size_t i = 1; i < n; i++) {
        x[i] = x[i - 1] + (round_numbers ? 10. * (1. + (double)gsl_rng_uniform_int(random, 3))
                                         : gsl_ran_flat(random, 5, 35));
        if (!concave)
            y[i] = round_numbers ? 200. * (1. + (double)gsl_rng_uniform_int(random, 8))
                                 : gsl_ran_flat(random, 50, 2500);
        else
            y[i] = fmax(y[i - 1] + slope * (x[i] - x[i - 1]), 0);
        slope -= round_numbers ? 20 : gsl_ran_flat(random, 10, 60);
        if (concave && y[i] == 0) { /* the jam */
            x[i] = x[i - 1] - y[i - 1] / (slope + (round_numbers ? 20 : 0) - 1);
            return flux_of(i + 1, x, y);
        }
    }
    y[n - 1] = 0;
    return flux_of(n, x, y);
}

static lwr_schedule random_limits(gsl_rng *random, const road *r, double *time, double *value, bool rounded) {
    lwr_schedule made = {1 + gsl_rng_uniform_int(random, STEPS), time, value, 0, 0};
    for (size_t i = 0; i < made.count; i++) {
        const size_t kind = gsl_rng_uniform_int(random, 4);
        const double later =
            rounded ? .0125 * (1. + (double)gsl_rng_uniform_int(random, 4)) : gsl_ran_flat(random, .001, .08);
        time[i] = i > 0 ? time[i - 1] + later : 0;
        value[i] = kind == 0   ? 0
                   : kind == 1 ? r->flux->pwl->y[gsl_rng_uniform_int(random, r->flux->pwl->knot_count)]
                               : gsl_ran_flat(random, 0, 1.2 * r->flux->capacity);
    }
    return made;
}

static void make_road(road *r, uint64_t seed) {
    gsl_rng *random = crease_random_new(seed, 6);
    const bool rounded = seed % 3 == 0;
    r->flux = random_flux(random, rounded);
    const double jam = r->flux->jam_density;
    const size_t n = 1 + gsl_rng_uniform_int(random, JUMPS), places = 1 + gsl_rng_uniform_int(random, PLACES);
    for (size_t i = 0; i < n; i++) {
        const double gap = rounded ? .25 : gsl_ran_flat(random, .01, .5);
        r->x[i] = i > 0 ? r->x[i - 1] + gap : 0;
        const size_t kind = gsl_rng_uniform_int(random, 3);
        r->density[i] = kind == 0   ? r->flux->pwl->x[gsl_rng_uniform_int(random, r->flux->pwl->knot_count)]
                        : kind == 1 ? (gsl_rng_uniform_int(random, 2) ? jam : 0)
                                    : gsl_ran_flat(random, 0, jam);
    }
    r->end = rounded ? .2 : gsl_ran_flat(random, .01, .3);
    r->problem = (lwr_problem){.flux = r->flux,
                               .domain = (lwr_domain)gsl_rng_uniform_int(random, 3),
                               .high = r->x[n - 1] + .5,
                               .count = n,
                               .x = r->x,
                               .density = r->density,
                               .place_count = places,
                               .place = r->place};
    for (size_t i = 0; i < places; i++) {
        const double at = gsl_ran_flat(random, .05, .95) * r->problem.high;
        r->place[i] = (lwr_place){.x = i == 0 || gsl_rng_uniform_int(random, 5) ? at : r->place[i - 1].x};
        if (rounded)
            r->place[i].x = r->x[gsl_rng_uniform_int(random, n)] + .25;
        if (gsl_rng_uniform_int(random, 2))
            r->place[i].speed =
                rounded ? 20. * (1. + (double)gsl_rng_uniform_int(random, 4)) : gsl_ran_flat(random, 5, 100);
        r->place[i].limit = random_limits(random, r, r->time[i], r->value[i], rounded);
    }
    if (r->problem.domain == LWR_ROAD)
        r->problem.inflow = random_limits(random, r, r->time[PLACES], r->value[PLACES], rounded);
    gsl_rng_free(random);
}

/* Godunov's flow past somebody who goes with this speed. */
static double flow_past(const lwr_flux *f, double left, double right, double speed) {
    const double a = lwr_flux_at(f, left) - speed * left, b = lwr_flux_at(f, right) - speed * right;
    double flow = left < right ? fmin(a, b) : fmax(a, b);
    for (size_t i = 0; i < f->pwl->knot_count; i++) {
        const double u = f->pwl->x[i], g = f->pwl->y[i] - speed * u;
        if (u > fmin(left, right) && u < fmax(left, right))
            flow = left < right ? fmin(flow, g) : fmax(flow, g);
    }
    return flow;
}

static double limit_at(const lwr_schedule *schedule, double t) {
    double limit = schedule->value[0];
    for (size_t i = 0; i < schedule->count; i++)
        limit = t >= schedule->time[i] ? schedule->value[i] : limit;
    return limit;
}

/* Densities on both sides of x; false where another jump or place is too near to tell. */
static bool sides(const road *r, const lwr_solution *s, size_t place, double x, double *left, double *right) {
    lwr_profile p;
    crease_error error = {0};
    size_t there = 0, near = 0;
    for (size_t i = 0; i < r->problem.place_count; i++)
        near += i != place && fabs(lwr_solution_place(s, i).x - x) < 1e-6;
    must(lwr_solution_profile(s, &p, &error), &error, 0);
    for (size_t i = 0; i < p.count; i++) {
        const double middle = .5 * (p.x[i] + p.x[i + 1]);
        if (i > 0 && fabs(p.x[i] - x) <= 1e-10) {
            there++;
            *left = p.density[i - 1];
            *right = p.density[i];
        } else
            near += fabs(p.x[i] - x) < 1e-6;
        if (there == 0 && (middle < x || i == 0 || p.x[i] < x))
            *left = *right = p.density[i];
    }
    near += p.x[p.count] - x < 1e-6;
    lwr_profile_clear(&p);
    return near == 0;
}

/* Returns 1 for a place whose limit or whose traffic ahead holds something back. */
static size_t check_place(const road *r, const lwr_solution *s, size_t i, uint64_t seed) {
    const lwr_flux *f = r->flux;
    const lwr_place_state state = lwr_solution_place(s, i);
    const double limit = limit_at(&r->place[i].limit, lwr_solution_time(s)), slack = 1e-8 * f->capacity;
    double left = 0, right = 0, speed = r->place[i].speed;
    if (isnan(state.x) || !sides(r, s, i, state.x, &left, &right))
        return 0;
    const double with = right > 0 ? right : left, /* on an empty road it may be the last one's */
        ahead = with > 0 ? lwr_flux_at(f, with) / with : INFINITY;
    const bool hindered = speed > 0 && ahead < speed * (1 - 1e-9);
    if (hindered)
        speed = ahead;
    const double flow = hindered ? 0 : fmin(limit, flow_past(f, left, right, speed));
    if (speed > 0 && !hindered && flow < 0) /* it goes with a front, just behind it */
        return 0;
    ck_assert_msg(fabs(state.flow - flow) <= slack, "seed %zu: place %zu lets %g pass, it should be %g",
                  (size_t)seed, i, state.flow, flow);
    ck_assert_msg(fabs(lwr_flux_at(f, left) - speed * left - flow) <= slack &&
                      fabs(lwr_flux_at(f, right) - speed * right - flow) <= slack,
                  "seed %zu: place %zu, from density %g to %g, of %g veh/h", (size_t)seed, i, left, right,
                  flow);
    return hindered || flow == limit;
}

START_TEST(flow_at_places) {
    const size_t cases = test_cases(400, 4000);
    size_t held = 0;
    for (uint64_t seed = 1; seed <= cases; seed++) {
        road r = {0};
        lwr_solution *s = NULL;
        crease_error error = {0};
        make_road(&r, seed);
        must(lwr_solution_new(&r.problem, NULL, &s, &error), &error, seed);
        for (int k = 1; k <= 7; k++) { /* at odd times, when nothing happens */
            must(lwr_solution_advance(s, r.end * (k - .0137) / 7, NULL, NULL, &error), &error, seed);
            for (size_t i = 0; i < r.problem.place_count; i++)
                held += check_place(&r, s, i, seed);
        }
        lwr_solution_free(s);
        lwr_flux_free(r.flux);
    }
    ck_assert_uint_gt(held, 3 * cases);
}
END_TEST

Suite *test_traffic_lwr_germ(void) {
    Suite *suite = suite_create("traffic lwr germ");
    TCase *places = tcase_create("places");
    tcase_add_test(places, a_place_between_two_rows);
    tcase_add_test(places, two_places_in_the_same_traffic);
    tcase_add_test(places, flow_at_places);
    tcase_set_timeout(places, 600);
    suite_add_tcase(suite, places);
    return suite;
}
