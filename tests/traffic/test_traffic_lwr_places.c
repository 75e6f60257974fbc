/* Lights, bottlenecks, ends of the road, moving bottlenecks, vehicles; Godunov's scheme as an independent judge of them. */
#include "crease/random.h"
#include "support/suites.h"
#include "traffic/lwr/godunov.h"
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

static double mass_of(const lwr_solution *s) {
    lwr_profile p = profile_of(s);
    const double mass = lwr_profile_mass(&p);
    lwr_profile_clear(&p);
    return mass;
}

static double initial_mass(const lwr_problem *problem) {
    lwr_profile p;
    crease_error error = {0};
    must(lwr_problem_profile(problem, &p, &error), &error);
    const double mass = lwr_profile_mass(&p);
    lwr_profile_clear(&p);
    return mass;
}

/* Integral of |averages of the exact solution - those of the scheme|, and of averages over `wide` times as many cells. */
static double scheme_error(const lwr_problem *problem, const char *stepper, size_t cells, double t,
                           size_t wide, double *wide_error, godunov_result *result) {
    const godunov_options options = {.cells = cells, .stepper = stepper};
    const double width = (problem->high - problem->low) / (double)cells;
    double *average = malloc(2 * cells * sizeof *average), distance = 0, sum = 0;
    crease_error error = {0};
    must(godunov_solve(problem, &options, t, average, result, &error), &error);
    lwr_solution *s = solve(problem, NULL, t);
    lwr_profile exact = profile_of(s);
    lwr_profile_averages(&exact, cells, average + cells);
    *wide_error = 0;
    for (size_t i = 0; i < cells; i++) {
        const double off = average[i] - average[cells + i];
        distance += fabs(off) * width;
        sum += off * width;
        if (i % wide == wide - 1) {
            *wide_error += fabs(sum);
            sum = 0;
        }
    }
    lwr_profile_clear(&exact);
    lwr_solution_free(s);
    free(average);
    return distance;
}

static const double zero_x[] = {0};

/* A light with cycle C, green G seconds, demand q: with the triangle, C q < G capacity, each cycle's queue is a triangle
 * whose shock goes back with w_s = q/(rho_j - q/vf); it clears after red s + time of discharge R q/(cap - q). */
START_TEST(a_light_clears_every_cycle) {
    lwr_flux *flux = flux_of("triangular:100,20,150");
    const double density[] = {10}, time[] = {0, 50. / 3600}, value[] = {0, INFINITY};
    const lwr_place light = {.x = 3, .limit = {2, time, value, 90. / 3600, 0}};
    const double demand_time[] = {0}, demand[] = {1000};
    const lwr_problem problem = {.flux = flux,
                                 .domain = LWR_ROAD,
                                 .high = 4,
                                 .count = 1,
                                 .x = zero_x,
                                 .density = density,
                                 .place_count = 1,
                                 .place = &light,
                                 .inflow = {1, demand_time, demand, 0, 0}};
    lwr_solution *s = solve(&problem, NULL, 89. / 3600);
    lwr_place_state p = lwr_solution_place(s, 0);
    const double red = 50. / 3600, clears = red + red * 1000 / (2500 - 1000);
    ck_assert_uint_eq(p.cleared, 1);
    ck_assert_double_eq_tol(p.last_cleared, clears, 1e-14);
    ck_assert_double_eq_tol(p.queue_hours, clears, 1e-14);
    ck_assert_double_eq_tol(p.count, 1000 * 89. / 3600, 1e-10);
    crease_error error = {0};
    must(lwr_solution_advance(s, 10 * 90. / 3600 - 1e-6, NULL, NULL, &error), &error);
    p = lwr_solution_place(s, 0);
    ck_assert_uint_eq(p.cleared, 10);
    ck_assert_double_eq_tol(p.queue_hours, 10 * clears, 1e-12);
    ck_assert_double_eq_tol(mass_of(s), initial_mass(&problem) + lwr_solution_counts(s).net_inflow, 1e-10);
    lwr_solution_free(s);
    lwr_flux_free(flux);
}
END_TEST

/* Demand 2000, a bottleneck of 1500 for half an hour: the queue's length and end by Daganzo's input-output diagram. */
START_TEST(a_bottleneck_holds_back_its_excess) {
    lwr_flux *flux = flux_of("triangular:100,20,150");
    const double density[] = {20}, time[] = {-1, 0, .5}, value[] = {INFINITY, 1500, INFINITY};
    const lwr_place place[] = {{.x = 0, .limit = {3, time, value, 0, 0}}, {.x = 5}};
    const lwr_problem problem = {.flux = flux,
                                 .domain = LWR_LINE,
                                 .low = -10,
                                 .high = 10,
                                 .count = 1,
                                 .x = zero_x,
                                 .density = density,
                                 .place_count = 2,
                                 .place = place};
    lwr_solution *s = solve(&problem, NULL, .4);
    lwr_profile p = profile_of(s);
    /* queue at density 150 - 1500/20 = 75 behind a shock of speed (1500 - 2000)/(75 - 20); then 15 veh/km */
    ck_assert_uint_eq(p.count, 3);
    ck_assert_double_eq_tol(p.x[1], -.4 * 500 / 55, 1e-12);
    ck_assert_double_eq(p.x[2], 0);
    ck_assert_double_eq_tol(p.density[1], 75, 1e-12);
    ck_assert_double_eq_tol(p.density[2], 15, 1e-12);
    ck_assert(lwr_solution_place(s, 0).queued);
    ck_assert_double_eq_tol(lwr_solution_place(s, 0).count, 600, 1e-10);
    lwr_profile_clear(&p);
    crease_error error = {0};
    must(lwr_solution_advance(s, 2, NULL, NULL, &error), &error);
    /* 250 vehicles wait at .5 h; they leave at 2500, with 2000 coming: after .5 h more */
    ck_assert_double_eq_tol(lwr_solution_place(s, 0).last_cleared, 1, 1e-12);
    ck_assert_double_eq_tol(lwr_solution_place(s, 0).count, 4000, 1e-9);
    ck_assert_double_eq_tol(lwr_solution_counts(s).net_inflow, 0, 1e-9);
    lwr_solution_free(s);
    lwr_flux_free(flux);
}
END_TEST

/* Demand beyond the capacity waits outside and comes in later. */
START_TEST(who_finds_no_room_waits) {
    lwr_flux *flux = flux_of("triangular:100,20,150");
    const double density[] = {0}, time[] = {0, .2}, demand[] = {3000, 500}, out[] = {2000}, out_time[] = {0};
    const lwr_problem problem = {.flux = flux,
                                 .domain = LWR_ROAD,
                                 .high = 5,
                                 .count = 1,
                                 .x = zero_x,
                                 .density = density,
                                 .inflow = {2, time, demand, 0, 0},
                                 .outflow = {1, out_time, out, 0, 0}};
    lwr_solution *s = solve(&problem, NULL, .2);
    ck_assert_double_eq_tol(lwr_solution_counts(s).waiting, .2 * 500, 1e-9);
    crease_error error = {0};
    must(lwr_solution_advance(s, 4, NULL, NULL, &error), &error);
    const lwr_counts c = lwr_solution_counts(s);
    ck_assert_double_eq(c.waiting, 0);
    /* all that wanted in is in: 600 + 1900; what is on the road at the end is 5 km of 500 veh/h */
    ck_assert_double_eq_tol(mass_of(s), 25, 1e-9);
    ck_assert_double_eq_tol(c.net_inflow, 25, 1e-9);
    lwr_solution_free(s);
    lwr_flux_free(flux);
}
END_TEST

/* A slow vehicle at 20 km/h that nobody passes: behind it density of that speed, before it an empty road. */
START_TEST(a_moving_bottleneck) {
    lwr_flux *flux = flux_of("triangular:100,20,150");
    const double density[] = {10}, time[] = {0}, value[] = {0, 500};
    lwr_place place = {.x = 0, .speed = 20, .limit = {1, time, value, 0, 0}};
    lwr_problem problem = {.flux = flux,
                           .domain = LWR_LINE,
                           .low = -5,
                           .high = 12,
                           .count = 1,
                           .x = zero_x,
                           .density = density,
                           .place_count = 1,
                           .place = &place};
    lwr_solution *s = solve(&problem, NULL, .1);
    lwr_profile p = profile_of(s);
    /* behind: q = 20 rho on the congested branch, rho = 75, q = 1500; shock (1500 - 1000)/(75 - 10) */
    ck_assert_uint_eq(p.count, 4);
    ck_assert_double_eq_tol(p.x[1], .1 * 500 / 65, 1e-12);
    ck_assert_double_eq_tol(p.x[2], 2, 1e-12);
    ck_assert_double_eq_tol(p.density[1], 75, 1e-12);
    ck_assert_double_eq(p.density[2], 0);
    ck_assert_double_eq_tol(p.x[3], 10, 1e-12); /* the last that went before leaves with 100 km/h */
    ck_assert_double_eq_tol(lwr_solution_place(s, 0).x, 2, 1e-12);
    ck_assert_double_eq_tol(lwr_solution_place(s, 0).count, 0, 1e-12);
    lwr_profile_clear(&p);
    lwr_solution_free(s);
    /* with 500 veh/h that pass: q - 20 rho = 500 at rho = 62.5 and 6.25 */
    place.limit.value = value + 1;
    s = solve(&problem, NULL, .1);
    p = profile_of(s);
    ck_assert_double_eq_tol(p.density[1], 62.5, 1e-12);
    ck_assert_double_eq_tol(p.density[2], 6.25, 1e-12);
    ck_assert_double_eq_tol(lwr_solution_place(s, 0).count, 50, 1e-10);
    lwr_profile_clear(&p);
    lwr_solution_free(s);
    /* in a jam ahead it goes with the traffic */
    const double x[] = {-5, 1}, jam[] = {10, 100};
    problem.count = 2;
    problem.x = x;
    problem.density = jam;
    s = solve(&problem, NULL, .3);
    p = profile_of(s);
    /* speed there: q(100)/100 = 10 km/h */
    const lwr_place_state slow = lwr_solution_place(s, 0);
    crease_error error = {0};
    must(lwr_solution_advance(s, .31, NULL, NULL, &error), &error);
    ck_assert_double_eq_tol(lwr_solution_place(s, 0).x - slow.x, .1, 1e-12);
    lwr_profile_clear(&p);
    lwr_solution_free(s);
    lwr_flux_free(flux);
}
END_TEST

/* ---- random roads ---- */

enum { STEPS = 12, ROWS = 10, PLACES = 5 };

typedef struct random_road {
    lwr_flux *flux;
    double x[ROWS], density[ROWS], time[PLACES + 2][STEPS], value[PLACES + 2][STEPS];
    lwr_place place[PLACES];
    lwr_problem problem;
    double end;
} random_road;

/* A schedule of a random light, or a random limit. */
static lwr_schedule random_schedule(gsl_rng *random, double *time, double *value, double end) {
    lwr_schedule made = {.time = time, .value = value};
    if (gsl_rng_uniform_int(random, 2)) { /* a light */
        made.count = 2;
        made.period = gsl_ran_flat(random, .005, .05);
        made.offset = gsl_ran_flat(random, -1, 1);
        time[0] = 0;
        time[1] = made.period * gsl_ran_flat(random, .1, .9);
        value[0] = gsl_rng_uniform_int(random, 4) ? 0 : 700;
        value[1] = INFINITY;
        return made;
    }
    made.count = 1 + gsl_rng_uniform_int(random, STEPS);
    for (size_t i = 0; i < made.count; i++) {
        time[i] = i == 0 ? 0 : time[i - 1] + gsl_ran_flat(random, .01, 2) * end / STEPS;
        value[i] = gsl_rng_uniform_int(random, 3) == 0 ? 0 : gsl_ran_flat(random, 0, 3500);
    }
    return made;
}

static void make_road(random_road *r, uint64_t seed, bool moving) {
    static const char *const flux[] = {"triangular:100,20,150", "greenshields:80,140:7",
                                       "trapezoidal:110,1800,18,120", "greenshields:100,150:40"};
    gsl_rng *random = crease_random_new(seed, 99);
    crease_error error = {0};
    if (seed % 5 == 4) { /* two humps */
        crease_pwl *pwl = NULL;
        must(crease_pwl_new(&pwl, 5, &error), &error);
        memcpy(pwl->x, (double[]){0, 20, 50, 70, 140}, 5 * sizeof(double));
        memcpy(pwl->y, (double[]){0, 1800, 900, 1400, 0}, 5 * sizeof(double));
        pwl->slope_left = 90;
        pwl->slope_right = -20;
        must(lwr_flux_new(pwl, &r->flux, &error), &error);
        crease_pwl_free(pwl);
    } else
        r->flux = flux_of(flux[seed % 5]);
    const size_t rows = 1 + gsl_rng_uniform_int(random, ROWS),
                 places = gsl_rng_uniform_int(random, PLACES + 1);
    r->end = gsl_ran_flat(random, .02, .4);
    for (size_t i = 0; i < rows; i++) {
        r->x[i] = i == 0 ? 0 : r->x[i - 1] + gsl_ran_flat(random, .05, .9);
        r->density[i] =
            gsl_rng_uniform_int(random, 3) == 0 ? 0 : gsl_ran_flat(random, 0, r->flux->jam_density);
    }
    r->problem = (lwr_problem){.flux = r->flux,
                               .domain = (lwr_domain)gsl_rng_uniform_int(random, 3),
                               .low = 0,
                               .high = 10,
                               .count = rows,
                               .x = r->x,
                               .density = r->density,
                               .place_count = places,
                               .place = r->place};
    for (size_t i = 0; i < places; i++) {
        r->place[i] = (lwr_place){.x = gsl_rng_uniform_int(random, 4) ? gsl_ran_flat(random, .1, 9.9) : 5,
                                  .limit = random_schedule(random, r->time[i], r->value[i], r->end)};
        if (moving && gsl_rng_uniform_int(random, 2))
            r->place[i].speed = gsl_ran_flat(random, 5, 60);
    }
    r->problem.inflow = random_schedule(random, r->time[PLACES], r->value[PLACES], r->end);
    r->problem.outflow = random_schedule(random, r->time[PLACES + 1], r->value[PLACES + 1], r->end);
    for (size_t i = 0; i < r->problem.inflow.count; i++)
        if (r->value[PLACES][i] == INFINITY)
            r->value[PLACES][i] = 1200;
    r->problem.every = gsl_rng_uniform_int(random, 2) ? 7 : 0;
    gsl_rng_free(random);
}

typedef struct watch {
    uint64_t seed;
    size_t vehicles, rows;
    double *t, *x, *speed; /* last ones of every vehicle */
} watch;

enum { MOST_VEHICLES = 4096 };

/* No vehicle jumps or goes backwards. */
static void watch_vehicle(void *context, size_t vehicle, double t, double x, double density, double speed) {
    watch *w = context;
    ck_assert_uint_lt(vehicle, MOST_VEHICLES);
    ck_assert_msg(density >= 0 && speed >= -1e-12, "seed %zu: speed %g", (size_t)w->seed, speed);
    if (vehicle >= w->vehicles)
        w->vehicles = vehicle + 1;
    else {
        double gap = x - (w->x[vehicle] + w->speed[vehicle] * (t - w->t[vehicle]));
        gap -= 10 * round(gap / 10); /* rounds of the ring */
        ck_assert_msg(fabs(gap) < 1e-9, "seed %zu: vehicle %zu jumps by %g km", (size_t)w->seed, vehicle,
                      gap);
    }
    w->rows++;
    w->t[vehicle] = t;
    w->x[vehicle] = x;
    w->speed[vehicle] = speed;
}

/* What comes in less what goes out is what there is more, and densities stay between 0 and the jam. The counts at places,
 * the queues outside and the ranks of vehicles are those of another method in test_traffic_lwr_oracle.c. */
START_TEST(random_roads_conserve_vehicles) {
    const size_t cases = test_cases(300, 3000);
    watch w = {.t = malloc(MOST_VEHICLES * sizeof(double)),
               .x = malloc(MOST_VEHICLES * sizeof(double)),
               .speed = malloc(MOST_VEHICLES * sizeof(double))};
    size_t followed = 0, queues = 0;
    for (uint64_t seed = 1; seed <= cases; seed++) {
        random_road r;
        make_road(&r, seed, seed % 2);
        w.seed = seed;
        w.vehicles = 0;
        const lwr_observer observer = {&w, NULL, watch_vehicle, NULL};
        const double before = initial_mass(&r.problem);
        lwr_solution *s = NULL;
        crease_error error = {0};
        must(lwr_solution_new(&r.problem, &observer, &s, &error), &error);
        double passed = 0;
        for (int k = 1; k <= 3; k++) {
            const crease_status status = lwr_solution_advance(s, r.end * k / 3, NULL, NULL, &error);
            ck_assert_msg(status == CREASE_OK, "seed %zu: %s", (size_t)seed, error.message);
            const lwr_counts c = lwr_solution_counts(s);
            const double mass = mass_of(s), scale = 1500 + 4000 * r.end;
            ck_assert_msg(fabs(mass - before - c.net_inflow) <= 1e-12 * scale, "seed %zu: mass off by %g",
                          (size_t)seed, mass - before - c.net_inflow);
            ck_assert_msg(c.waiting >= 0, "seed %zu", (size_t)seed);
            lwr_profile p = profile_of(s);
            for (size_t i = 0; i < p.count; i++)
                ck_assert_msg(p.density[i] >= 0 && p.density[i] <= r.flux->jam_density,
                              "seed %zu: density %g", (size_t)seed, p.density[i]);
            lwr_profile_clear(&p);
            for (size_t i = 0; i < r.problem.place_count; i++) {
                const lwr_place_state state = lwr_solution_place(s, i);
                queues += state.cleared;
                passed += state.count;
                if (r.place[i].speed == 0)
                    ck_assert_msg(state.flow >= -1e-9 && state.flow <= r.flux->capacity * (1 + 1e-12),
                                  "seed %zu", (size_t)seed);
            }
        }
        lwr_solution_report(s);
        followed += w.rows;
        ck_assert(passed >= -1e-9);
        lwr_solution_free(s);
        lwr_flux_free(r.flux);
    }
    ck_assert_uint_gt(followed, 1000);
    ck_assert_uint_gt(queues, 100);
    free(w.t);
    free(w.x);
    free(w.speed);
}
END_TEST

/* Godunov's scheme knows nothing of fronts; refined, it comes near, with lights, limits and ends, on every kind of road.
 * On a straight branch it smears slow waves over many cells, so there what is compared is averages over .5 km. */
START_TEST(godunov_converges_to_random_roads) {
    const size_t cases = test_cases(20, 200);
    double coarse_sum = 0, fine_sum = 0, wide_sum = 0;
    for (uint64_t seed = 1; seed <= cases; seed++) {
        random_road r;
        make_road(&r, seed, false);
        r.problem.every = 0;
        for (size_t i = 0; i < r.problem.place_count; i++) /* at a border between cells */
            r.place[i].x = floor(r.place[i].x * 8) / 8 + .125;
        r.end = fmin(r.end, .1);
        godunov_result coarse, fine;
        double wide, none;
        const lwr_problem *p = &r.problem;
        const bool straight = seed % 5 != 1 && seed % 5 != 3;
        const double a = scheme_error(p, NULL, 80, r.end, 1, &none, &coarse),
                     b = scheme_error(p, NULL, 640, r.end, 32, &wide, &fine);
        lwr_solution *s = solve(p, NULL, r.end);
        const lwr_counts c = lwr_solution_counts(s);
        if (!straight)
            ck_assert_msg(b <= .75 * a + 1, "seed %zu: error %g with 80 cells, %g with 640", (size_t)seed, a,
                          b);
        ck_assert_msg(wide <= 60, "seed %zu: %g vehicles are elsewhere", (size_t)seed, wide);
        if (p->domain != LWR_LINE) /* beyond a line's window the scheme knows less */
            ck_assert_msg(fabs(fine.net_inflow - c.net_inflow) <= 6, "seed %zu: net inflow %g, exactly %g",
                          (size_t)seed, fine.net_inflow, c.net_inflow);
        if (p->domain == LWR_ROAD)
            ck_assert_msg(fabs(fine.waiting - c.waiting) <= 6, "seed %zu: %g wait, exactly %g", (size_t)seed,
                          fine.waiting, c.waiting);
        coarse_sum += straight ? 0 : a;
        fine_sum += straight ? 0 : b;
        wide_sum += wide;
        lwr_solution_free(s);
        lwr_flux_free(r.flux);
    }
    ck_assert_double_lt(fine_sum, .45 * coarse_sum);   /* order 1/2 would be .35 */
    ck_assert_double_lt(wide_sum, 8. * (double)cases); /* of some 800 vehicles */
}
END_TEST

/* The table of the specification: 16 km, Greenshields; the exact solution is front tracking with very many segments. */
START_TEST(godunov_on_the_green_light) {
    lwr_flux *flux = flux_of("greenshields:100,150:3000");
    const double x[] = {-10, -1, 0}, density[] = {30, 150, 0};
    const lwr_problem problem = {
        .flux = flux, .domain = LWR_LINE, .low = -8, .high = 8, .count = 3, .x = x, .density = density};
    const double t = .06;
    double wide;
    godunov_result result;
    ck_assert_double_eq_tol(scheme_error(&problem, NULL, 100, t, 1, &wide, &result), 14.5, .2);
    ck_assert_double_eq_tol(scheme_error(&problem, NULL, 800, t, 1, &wide, &result), 2.88, .005);
    const double euler = scheme_error(&problem, NULL, 400, t, 1, &wide, &result);
    ck_assert_double_gt(scheme_error(&problem, "ssp3", 400, t, 1, &wide, &result), euler);
    const double rkf45 = scheme_error(&problem, "rkf45", 400, t, 1, &wide, &result);
    ck_assert_double_gt(rkf45, euler);
    ck_assert_double_eq_tol(scheme_error(&problem, "rk8pd", 400, t, 1, &wide, &result), rkf45, .01 * rkf45);
    lwr_flux_free(flux);
}
END_TEST

static bool at_once(void *context) {
    (void)context;
    return true;
}

START_TEST(what_has_no_meaning_is_refused) {
    lwr_flux *flux = flux_of("triangular:100,20,150");
    const double x[] = {0, 1}, back[] = {1, 0}, density[] = {10, 20}, much[] = {10, 151}, none[] = {10, NAN},
                 times[] = {0, 1}, minus[] = {3, -1};
    const lwr_problem good = {
        .flux = flux, .domain = LWR_ROAD, .high = 5, .count = 2, .x = x, .density = density};
    const lwr_place outside = {.x = 7}, negative = {.x = 1, .limit = {2, times, minus, 0, 0}},
                    backward = {.x = 1, .limit = {2, back, times, 0, 0}},
                    cycle = {.x = 1, .limit = {2, times, times, .5, 0}};
    lwr_problem bad[9];
    for (size_t i = 0; i < 9; i++)
        bad[i] = good;
    bad[0].density = much;
    bad[1].density = none;
    bad[2].x = back;
    bad[3].high = 0;
    bad[4].count = 0;
    for (size_t i = 5; i < 9; i++)
        bad[i].place_count = 1;
    bad[5].place = &outside;
    bad[6].place = &negative;
    bad[7].place = &backward;
    bad[8].place = &cycle;
    for (size_t i = 0; i < 9; i++) {
        lwr_solution *s = NULL;
        crease_error error = {0};
        ck_assert_msg(lwr_solution_new(&bad[i], NULL, &s, &error) != CREASE_OK, "problem %zu", i);
        ck_assert_msg(strlen(error.message) > 10 && s == NULL, "problem %zu", i);
    }
    lwr_solution *s = solve(&good, NULL, .1);
    crease_error error = {0};
    ck_assert_int_eq(lwr_solution_advance(s, .05, NULL, NULL, &error), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(lwr_solution_advance(s, NAN, NULL, NULL, &error), CREASE_BAD_ARGUMENT);
    must(lwr_solution_advance(s, .2, at_once, NULL, &error), &error);
    lwr_solution_free(s);
    /* a flux that no light can stop */
    crease_pwl *pwl = NULL;
    lwr_flux *rising = NULL;
    must(crease_pwl_new(&pwl, 1, &error), &error);
    pwl->slope_left = 2;
    pwl->slope_right = 1;
    must(lwr_flux_new(pwl, &rising, &error), &error);
    lwr_problem road = good;
    road.flux = rising;
    ck_assert_int_eq(lwr_solution_new(&road, NULL, &s, &error), CREASE_BAD_DATA);
    ck_assert_ptr_nonnull(strstr(error.message, "rises for ever"));
    road.domain = LWR_LINE;
    must(lwr_solution_new(&road, NULL, &s, &error), &error);
    lwr_solution_free(s);
    lwr_solution_free(NULL);
    lwr_flux_free(NULL);
    lwr_flux_free(rising);
    crease_pwl_free(pwl);
    lwr_flux_free(flux);
}
END_TEST

/* An interrupted run stops and can go on to the same digits. */
static bool second_time(void *context) {
    return ++*(int *)context % 2 == 0;
}

START_TEST(interrupted_and_continued) {
    enum { N = 30000 };
    lwr_flux *flux = flux_of("greenshields:100,150:6");
    double *x = malloc(2 * N * sizeof *x), *density = x + N;
    gsl_rng *random = crease_random_new(5, 0);
    for (size_t i = 0; i < N; i++) {
        x[i] = 10. * (double)i / N;
        density[i] = gsl_ran_flat(random, 0, 150);
    }
    const lwr_problem ring = {
        .flux = flux, .domain = LWR_RING, .high = 10, .count = N, .x = x, .density = density};
    lwr_solution *whole = solve(&ring, NULL, .01), *parts = NULL;
    crease_error error = {0};
    int calls = 0, rounds = 0;
    must(lwr_solution_new(&ring, NULL, &parts, &error), &error);
    do {
        must(lwr_solution_advance(parts, .01, second_time, &calls, &error), &error);
        rounds++;
    } while (lwr_solution_time(parts) < .01 && rounds < 1000);
    ck_assert_int_gt(rounds, 2);
    ck_assert_uint_eq(lwr_solution_counts(parts).collisions, lwr_solution_counts(whole).collisions);
    lwr_profile a = profile_of(whole), b = profile_of(parts);
    ck_assert_uint_eq(a.count, b.count);
    ck_assert_mem_eq(a.x, b.x, a.count * sizeof *a.x);
    lwr_profile_clear(&a);
    lwr_profile_clear(&b);
    lwr_solution_free(whole);
    lwr_solution_free(parts);
    gsl_rng_free(random);
    free(x);
    lwr_flux_free(flux);
}
END_TEST

Suite *test_traffic_lwr_places(void) {
    Suite *suite = suite_create("traffic lwr places");
    TCase *forms = tcase_create("closed forms"), *random = tcase_create("random");
    tcase_add_test(forms, a_light_clears_every_cycle);
    tcase_add_test(forms, a_bottleneck_holds_back_its_excess);
    tcase_add_test(forms, who_finds_no_room_waits);
    tcase_add_test(forms, a_moving_bottleneck);
    tcase_add_test(forms, what_has_no_meaning_is_refused);
    tcase_add_test(forms, interrupted_and_continued);
    tcase_add_test(forms, godunov_on_the_green_light);
    tcase_set_timeout(forms, 120);
    suite_add_tcase(suite, forms);
    tcase_add_test(random, random_roads_conserve_vehicles);
    tcase_add_test(random, godunov_converges_to_random_roads);
    tcase_set_timeout(random, 600);
    suite_add_tcase(suite, random);
    return suite;
}
