/* Front tracking against a method that knows no front. For a concave flux the number N(t, x) of vehicles that have passed x
 * by t is the least of N at earlier points plus what can pass an observer on the way (Daganzo 2005; Claudel & Bayen 2010):
 * N(t + 1, x) = min over v of N(t, x - v) + R(v), R(v) = max_u (q(u) - v u), and a limit C at x adds N(t, x) + C. Where wave
 * speeds are whole numbers up to 3 and places and jumps lie at multiples of 6, the least is found on the lattice. */
#include "crease/random.h"
#include "support/suites.h"
#include "traffic/lwr/lwr.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FASTEST = 3, UNIT = 6, CELLS = 12, TIMES = 48, PLACES = 3, SPEEDS = 2 * FASTEST + 1, VEHICLES = 4096 };
enum { BEYOND = (FASTEST * TIMES / UNIT + 1) * UNIT, POINTS = CELLS * UNIT + 2 * BEYOND + 1 };

typedef struct lattice {
    gsl_rng *random;
    size_t knots, cells, times, places, points;
    double u[SPEEDS + 2], q[SPEEDS + 2], density[CELLS]; /* kinks; of each cell of UNIT points */
    int slowest, fastest;
    lwr_domain domain;
    size_t beyond; /* points of a line outside of the window, on either side */
    size_t place[PLACES];
    double limit[PLACES + 2][TIMES]; /* of the places, the inflow, the outflow, in steps of one time */
    double n[TIMES + 1][POINTS], mass;
    double km, hours, vehicles; /* of a point, of a time, of a unit of density times a point */
    double x[CELLS], rho[CELLS], time[PLACES + 2][TIMES], value[PLACES + 2][TIMES];
    lwr_place made[PLACES];
    lwr_flux *flux;
    lwr_problem problem;
} lattice;

static size_t below(lattice *l, size_t n) {
    return gsl_rng_uniform_int(l->random, n);
}

static void must(crease_status status, const crease_error *error, uint64_t seed) {
    ck_assert_msg(status == CREASE_OK, "seed %zu: %s", (size_t)seed, error->message);
}

/* Kinks with whole slopes from some of 3 .. -3, up to the jam. */
static void make_flux(lattice *l) {
    int slope[SPEEDS];
    size_t n;
    do {
        n = 0;
        for (int v = FASTEST; v >= -FASTEST; v--)
            if (below(l, 2))
                slope[n++] = v;
    } while (n < 2 || slope[0] <= 0 || slope[n - 1] >= 0);
    l->u[0] = l->q[0] = 0;
    l->knots = 1;
    for (size_t i = 0; i < n && (i == 0 || l->q[i] > 0); i++, l->knots++) {
        double width = 1 + (double)below(l, 6);
        if (slope[i] < 0 && (i + 1 == n || l->q[i] + slope[i] * width < 0))
            width = -l->q[i] / slope[i];
        l->u[i + 1] = l->u[i] + width;
        l->q[i + 1] = fmax(l->q[i] + slope[i] * width, 0);
        l->slowest = slope[i];
    }
    l->fastest = slope[0];
}

static double some_flow(lattice *l) {
    const size_t kind = below(l, 5);
    return kind == 0   ? 0
           : kind == 1 ? l->q[below(l, l->knots)]
                       : gsl_ran_flat(l->random, 0, 1.2 * FASTEST * l->u[l->knots - 1] / 2);
}

/* A schedule of steps, or (for a place) a light, with its limits at every time. */
static lwr_schedule make_schedule(lattice *l, size_t i) {
    const double flow = l->vehicles / l->hours;
    lwr_schedule made = {.time = l->time[i], .value = l->value[i]};
    if (i < PLACES && below(l, 2)) {
        const size_t red = 1 + below(l, 8), cycle = red + 1 + below(l, 8), offset = below(l, 20);
        made =
            (lwr_schedule){2, l->time[i], l->value[i], (double)cycle * l->hours, (double)offset * l->hours};
        l->time[i][0] = l->value[i][0] = 0;
        l->time[i][1] = (double)red * l->hours;
        l->value[i][1] = INFINITY;
        for (size_t t = 0; t < l->times; t++)
            l->limit[i][t] = (t + 20 * cycle - offset) % cycle < red ? 0 : INFINITY;
        return made;
    }
    for (size_t t = 0; t < l->times; t++) {
        l->limit[i][t] = t > 0 ? l->limit[i][t - 1] : some_flow(l);
        if (t > 0 && below(l, 5))
            continue;
        if (t > 0)
            l->limit[i][t] = i != PLACES && below(l, 5) == 0 ? INFINITY : some_flow(l);
        l->time[i][made.count] = (double)t * l->hours;
        l->value[i][made.count++] = l->limit[i][t] * flow;
    }
    return made;
}

static void make_problem(lattice *l, uint64_t seed) {
    crease_error error = {0};
    crease_pwl *pwl = NULL;
    must(crease_pwl_new(&pwl, l->knots, &error), &error, seed);
    for (size_t i = 0; i < l->knots; i++) {
        pwl->x[i] = l->u[i] * l->vehicles / l->km;
        pwl->y[i] = l->q[i] * l->vehicles / l->hours;
    }
    pwl->slope_left = l->fastest * l->km / l->hours;
    pwl->slope_right = l->slowest * l->km / l->hours;
    must(lwr_flux_new(pwl, &l->flux, &error), &error, seed);
    crease_pwl_free(pwl);
    for (size_t c = 0; c < l->cells; c++) {
        l->x[c] = (double)(c * UNIT) * l->km;
        l->rho[c] = fmin(l->density[c] * l->vehicles / l->km, l->flux->jam_density);
    }
    for (size_t i = 0; i < l->places; i++)
        l->made[i].x = (double)(l->place[i] * UNIT) * l->km;
    l->problem = (lwr_problem){.flux = l->flux,
                               .domain = l->domain,
                               .high = (double)(l->cells * UNIT) * l->km,
                               .count = l->cells,
                               .x = l->x,
                               .density = l->rho,
                               .place_count = l->places,
                               .place = l->made};
    for (size_t i = 0; i < l->places; i++)
        l->made[i].limit = make_schedule(l, i);
    if (l->domain == LWR_ROAD) {
        l->problem.inflow = make_schedule(l, PLACES);
        l->problem.outflow = make_schedule(l, PLACES + 1);
    }
    if (below(l, 2))
        l->problem.every = l->vehicles * gsl_ran_flat(l->random, 5, 30);
}

static void make_lattice(lattice *l, uint64_t seed) {
    static const double scale[] = {1, .37, 1e-20, 3e18};
    memset(l, 0, sizeof *l);
    l->random = crease_random_new(seed, 5);
    make_flux(l);
    l->domain = (lwr_domain)below(l, 3);
    l->cells = 3 + below(l, CELLS - 2);
    l->times = UNIT + below(l, TIMES - UNIT + 1);
    l->places = below(l, PLACES + 1);
    l->km = scale[below(l, 4)];
    l->hours = scale[below(l, 4)];
    l->vehicles = scale[below(l, 4)];
    for (size_t c = 0; c < l->cells; c++) {
        const size_t kind = below(l, 4);
        l->density[c] = kind == 0                  ? l->u[below(l, l->knots)]
                        : kind == 1 && c > 0       ? l->density[c - 1]
                        : kind == 2 && below(l, 2) ? l->u[l->knots - 1]
                                                   : gsl_ran_flat(l->random, 0, l->u[l->knots - 1]);
    }
    for (size_t i = 0; i < l->places; i++) /* two of them at one point, now and then */
        l->place[i] = i > 0 && below(l, 5) == 0 ? l->place[i - 1]
                      : l->domain == LWR_ROAD   ? 1 + below(l, l->cells - 1)
                                                : below(l, l->cells);
    l->beyond = l->domain == LWR_LINE ? BEYOND : 0;
    l->points = l->cells * UNIT + 2 * l->beyond + (l->domain != LWR_RING);
    make_problem(l, seed);
}

/* N(t, j), also round the ring and beyond the ends of a line. */
static double number(const lattice *l, size_t t, ptrdiff_t j) {
    const ptrdiff_t points = (ptrdiff_t)l->points;
    if (l->domain == LWR_RING)
        return j < 0         ? l->n[t][j + points] + l->mass
               : j >= points ? l->n[t][j - points] - l->mass
                             : l->n[t][j];
    if (j >= 0 && j < points)
        return l->n[t][j];
    if (l->domain == LWR_ROAD)
        return INFINITY;
    return j < 0 ? l->n[t][0] - l->density[0] * (double)j
                 : l->n[t][points - 1] - l->density[l->cells - 1] * (double)(j - points + 1);
}

static void step(lattice *l, size_t t, double demanded) {
    double pass[SPEEDS] = {0};
    for (int v = l->slowest; v <= l->fastest; v++)
        for (size_t i = 0; i < l->knots; i++)
            pass[v + FASTEST] = fmax(pass[v + FASTEST], l->q[i] - v * l->u[i]);
    for (size_t j = 0; j < l->points; j++) {
        double least = INFINITY;
        for (int v = l->slowest; v <= l->fastest; v++)
            least = fmin(least, number(l, t, (ptrdiff_t)j - v) + pass[v + FASTEST]);
        for (size_t i = 0; i < l->places; i++)
            if (l->place[i] * UNIT + l->beyond == j)
                least = fmin(least, l->n[t][j] + l->limit[i][t]);
        if (l->domain == LWR_ROAD && j == 0)
            least = fmin(least, demanded);
        if (l->domain == LWR_ROAD && j + 1 == l->points)
            least = fmin(least, l->n[t][j] + l->limit[PLACES + 1][t]);
        l->n[t + 1][j] = least;
    }
}

static void solve_lattice(lattice *l) {
    double demanded = 0;
    for (size_t c = 0; c < l->cells; c++)
        l->mass += UNIT * l->density[c];
    for (size_t j = 0; j < l->points; j++) {
        const size_t cell = j < l->beyond ? 0 : (j - l->beyond) / UNIT;
        if (j == 0)
            l->n[0][0] = l->density[0] * (double)l->beyond;
        if (j + 1 < l->points)
            l->n[0][j + 1] = l->n[0][j] - l->density[cell < l->cells ? cell : l->cells - 1];
    }
    for (size_t t = 0; t < l->times; t++) {
        demanded += l->limit[PLACES][t];
        step(l, t, demanded);
    }
}

/* ---- what is compared ---- */

typedef struct row_of_vehicles {
    size_t count;
    double t[VEHICLES], x[VEHICLES];
} row_of_vehicles;

static void keep_vehicle(void *context, size_t vehicle, double t, double x, double density, double speed) {
    row_of_vehicles *row = context;
    (void)density;
    (void)speed;
    ck_assert_uint_lt(vehicle, VEHICLES);
    row->t[vehicle] = t;
    row->x[vehicle] = x;
    row->count = vehicle >= row->count ? vehicle + 1 : row->count;
}

static void near(const lattice *l, double found, double expected, const char *what, size_t i, uint64_t seed) {
    double scale = l->mass;
    for (size_t k = 0; k < l->knots; k++)
        scale += l->q[k] * (double)l->times;
    ck_assert_msg(fabs(found / l->vehicles - expected) <= 1e-12 * scale,
                  "seed %zu: %s %zu is %.17g, on the lattice %.17g", (size_t)seed, what, i,
                  found / l->vehicles, expected);
}

static void compare_at(const lattice *l, const lwr_solution *s, size_t t, uint64_t seed) {
    const double *n = l->n[t] + l->beyond, *first = l->n[0] + l->beyond;
    const size_t end = l->cells * UNIT;
    double average[CELLS], demanded = 0;
    lwr_profile p;
    crease_error error = {0};
    must(lwr_solution_profile(s, &p, &error), &error, seed);
    lwr_profile_averages(&p, l->cells, average);
    lwr_profile_clear(&p);
    for (size_t c = 0; c < l->cells; c++)
        near(l, average[c] * UNIT * l->km,
             n[c * UNIT] - number(l, t, (ptrdiff_t)(l->beyond + (c + 1) * UNIT)), "the mass of cell", c,
             seed);
    for (size_t i = 0; i < l->places; i++)
        near(l, lwr_solution_place(s, i).count, n[l->place[i] * UNIT] - first[l->place[i] * UNIT],
             "the count at place", i, seed);
    const lwr_counts counts = lwr_solution_counts(s);
    if (l->domain != LWR_RING)
        near(l, counts.net_inflow, n[0] - first[0] - (n[end] - first[end]), "net inflow", t, seed);
    for (size_t k = 0; k < t; k++)
        demanded += l->limit[PLACES][k];
    if (l->domain == LWR_ROAD)
        near(l, counts.waiting, demanded - n[0], "those who wait at", t, seed);
}

/* Whoever was the m-th at the beginning is so at the end: nobody overtakes, passes a red light, or is lost. */
static void compare_vehicles(const lattice *l, lwr_solution *s, row_of_vehicles *row, uint64_t seed) {
    const double every = l->problem.every / l->vehicles, now = lwr_solution_time(s);
    crease_error error = {0};
    lwr_profile p;
    if (every == 0 || l->domain == LWR_RING)
        return;
    const size_t initial = (size_t)ceil(l->mass / every - .5);
    lwr_solution_report(s);
    must(lwr_solution_profile(s, &p, &error), &error, seed);
    for (size_t v = 0; v < row->count; v++) {
        const double label = v < initial ? -(.5 + (double)v) * every : (.5 + (double)(v - initial)) * every;
        double passed = l->n[l->times][l->beyond] * l->vehicles;
        if (row->t[v] < now || row->x[v] > l->problem.high || row->x[v] < 0)
            continue;
        for (size_t i = 0; i < p.count; i++)
            passed -= p.density[i] * fmax(fmin(p.x[i + 1], row->x[v]) - p.x[i], 0);
        near(l, passed, label, "the rank of vehicle", v, seed);
    }
    lwr_profile_clear(&p);
}

START_TEST(counts_are_least_ones) {
    const size_t cases = test_cases(400, 4000);
    lattice *l = malloc(sizeof *l);
    row_of_vehicles *row = malloc(sizeof *row);
    size_t collisions = 0, encounters = 0, crossings = 0;
    for (uint64_t seed = 1; seed <= cases; seed++) {
        lwr_solution *s = NULL;
        crease_error error = {0};
        make_lattice(l, seed);
        solve_lattice(l);
        row->count = 0;
        const lwr_observer observer = {row, NULL, keep_vehicle, NULL};
        must(lwr_solution_new(&l->problem, &observer, &s, &error), &error, seed);
        for (size_t t = 1; t <= l->times; t++)
            if (t == l->times || below(l, 3) == 0) {
                must(lwr_solution_advance(s, (double)t * l->hours, NULL, NULL, &error), &error, seed);
                compare_at(l, s, t, seed);
            }
        compare_vehicles(l, s, row, seed);
        const lwr_counts counts = lwr_solution_counts(s);
        collisions += counts.collisions;
        encounters += counts.encounters;
        crossings += counts.crossings;
        lwr_solution_free(s);
        lwr_flux_free(l->flux);
        gsl_rng_free(l->random);
    }
    ck_assert_uint_gt(collisions, 5 * cases);
    ck_assert_uint_gt(encounters, 5 * cases);
    ck_assert_uint_gt(crossings, 50 * cases);
    free(row);
    free(l);
}
END_TEST

/* 20,000 steps of an inflow onto an empty road: what has come in is their sum, all but the last digit of it. */
START_TEST(counts_of_many_steps_keep_their_digits) {
    enum { ROWS = 20000 };
    double *time = malloc(ROWS * sizeof *time), *value = malloc(ROWS * sizeof *value);
    const double x[] = {0}, empty[] = {0};
    crease_error error = {0};
    lwr_flux *flux = NULL;
    lwr_solution *s = NULL;
    long double sum = 0;
    for (size_t i = 0; i < ROWS; i++) {
        time[i] = .37 * (double)i;
        value[i] = 1000 + .1 * (double)(i % 7);
        if (i > 0)
            sum += (long double)value[i - 1] * ((long double)time[i] - time[i - 1]);
    }
    must(lwr_flux_parse("triangular:100,20,150", &flux, &error), &error, 0);
    const lwr_problem problem = {.flux = flux,
                                 .domain = LWR_ROAD,
                                 .high = 1e6,
                                 .count = 1,
                                 .x = x,
                                 .density = empty,
                                 .inflow = {ROWS, time, value, 0, 0}};
    must(lwr_solution_new(&problem, NULL, &s, &error), &error, 0);
    must(lwr_solution_advance(s, time[ROWS - 1], NULL, NULL, &error), &error, 0);
    ck_assert_double_eq_tol(lwr_solution_counts(s).net_inflow, (double)sum, 1e-15 * (double)sum);
    lwr_solution_free(s);
    lwr_flux_free(flux);
    free(value);
    free(time);
}
END_TEST

/* A ring so short that nobody could count the rounds: where all is one density nothing goes round. */
START_TEST(a_short_ring_of_one_density) {
    const double x[] = {0}, density[] = {10};
    crease_error error = {0};
    lwr_flux *flux = NULL;
    lwr_solution *s = NULL;
    must(lwr_flux_parse("triangular:100,20,150", &flux, &error), &error, 0);
    const lwr_problem problem = {
        .flux = flux, .domain = LWR_RING, .high = 1e-9, .count = 1, .x = x, .density = density};
    must(lwr_solution_new(&problem, NULL, &s, &error), &error, 0);
    must(lwr_solution_advance(s, 10, NULL, NULL, &error), &error, 0);
    ck_assert_double_eq(lwr_solution_time(s), 10);
    lwr_solution_free(s);
    lwr_flux_free(flux);
}
END_TEST

Suite *test_traffic_lwr_oracle(void) {
    Suite *suite = suite_create("traffic lwr oracle");
    TCase *random = tcase_create("random");
    tcase_add_test(random, a_short_ring_of_one_density);
    tcase_add_test(random, counts_of_many_steps_keep_their_digits);
    tcase_add_test(random, counts_are_least_ones);
    tcase_set_timeout(random, 600);
    suite_add_tcase(suite, random);
    return suite;
}
