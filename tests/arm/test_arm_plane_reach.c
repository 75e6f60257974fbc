/* The exact reach set: the table, random motions, exact arithmetic, bounds on rounding. */
#include "arm/plane/plane_reach.h"
#include "arm/plane/plane_split.h"
#include "support/exact_net.h"
#include "support/plane.h"
#include "support/suites.h"
#include <gsl/gsl_math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const arm_reach_options usual = {
    .sample = .01, .steps = 100, .low = {-1.6, -.5}, .high = {-1.4, .5}, .keep = true};

static arm_reach *reach_of(const arm_plant *plant, const crease_net *law, const arm_reach_options *options) {
    crease_error error = {0};
    arm_reach *reach;
    ck_assert_msg(arm_reach_new(plant, law, options, &reach, &error) == CREASE_OK, "%s", error.message);
    return reach;
}

START_TEST(table_of_the_reach_set) {
    arm_plant plant = plane_elbow(false);
    crease_net *law = plane_example();
    arm_reach *reach = reach_of(&plant, law, &usual);
    FILE *file = fopen("tests/data/arm/reach_zoh.csv", "r");
    char line[512];
    size_t step, polygons, rows = 0;
    double v[7];
    ck_assert_ptr_nonnull(file);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file) && *line != '#') {
        ck_assert_int_eq(sscanf(line, "%zu,%lf,%zu,%lf,%lf,%lf,%lf,%lf,%lf", &step, &v[0], &polygons, &v[1],
                                &v[2], &v[3], &v[4], &v[5], &v[6]),
                         9);
        const arm_reach_step *s = &reach->step[step];
        const double got[7] = {.01 * (double)step, s->area,          s->low[0].value, s->high[0].value,
                               s->low[1].value,    s->high[1].value, s->torque.value};
        ck_assert_uint_eq(s->polygons, polygons);
        for (size_t k = 0; k < 7; k++) /* the table has nine digits */
            ck_assert_msg(fabs(got[k] - v[k]) <= 6e-9 * fabs(v[k]) &&
                              fabs(got[k] - v[k]) <= 1e-9 * fmax(1, fabs(v[k])) + 6e-9 * fabs(v[k]),
                          "sample %zu, number %zu: %.12g, not %.12g", step, k, got[k], v[k]);
        rows++;
    }
    fclose(file);
    ck_assert_uint_eq(rows, 13);
    double worst = -1, between = -1;
    for (size_t k = 0; k < reach->count; k++) {
        worst = fmax(worst, reach->step[k].beyond);
        between = fmax(between, reach->step[k].beyond_between.value);
    }
    ck_assert_double_eq_tol(worst, 0.135220513301, 1e-12);
    ck_assert(between > worst && between < worst + 1e-4);
    ck_assert(reach->settles && reach->forever[0] < .07);
    ck_assert_ptr_null(reach->why);
    arm_reach_free(reach);
    crease_net_free(law);
}
END_TEST

/* The distance of (x, w) from a polygon: 0 inside, by the number of edges to the right. Not by the side of
 * each edge, since a very short one points anywhere. */
static double outside(const double *corner, size_t count, const double *s) {
    double least = HUGE_VAL;
    bool inside = false;
    for (size_t i = 0; i < count; i++) {
        const double *p = corner + 2 * i, *q = corner + 2 * ((i + 1) % count);
        double a = q[0] - p[0], b = q[1] - p[1], x = s[0] - p[0], w = s[1] - p[1], square = a * a + b * b;
        double share = square > 0 ? fmin(1, fmax(0, (x * a + w * b) / square)) : 0;
        least = fmin(least, hypot(x - share * a, w - share * b));
        if ((p[1] > s[1]) != (q[1] > s[1]) && x < w / b * a)
            inside = !inside;
    }
    return inside ? 0 : least;
}

/* The distance from the nearest polygon of a sample. */
static double distance_of(const arm_reach *reach, size_t step, const double *s) {
    double least = HUGE_VAL;
    for (size_t i = 0; i < reach->polygon_count; i++) {
        const arm_reach_polygon *p = &reach->polygon[i];
        if (p->step == step)
            least = fmin(least, outside(reach->corner + 2 * p->first, p->count, s));
    }
    return least;
}

static void random_start(gsl_rng *random, const arm_reach_options *o, double s[2]) {
    for (size_t k = 0; k < 2; k++)
        s[k] = gsl_ran_flat(random, o->low[k], o->high[k]);
}

/* Simulated motions keep to all bounds; some come near to them. */
static void check_motions(gsl_rng *random, const arm_plant *plant, const crease_net *law,
                          const arm_reach *reach, const arm_reach_options *o, size_t count, size_t trial) {
    double *state = calloc(3 * (o->steps + 1), sizeof *state), *torque = state + 2 * (o->steps + 1);
    double worst = -HUGE_VAL, bound = -HUGE_VAL;
    for (size_t i = 0; i < count; i++) {
        double start[2], most[2];
        random_start(random, o, start);
        ck_assert_int_eq(
            arm_reach_simulate(plant, law, o->sample, o->steps, start, state, torque, most, NULL), CREASE_OK);
        worst = fmax(worst, start[0] <= 0 ? most[0] : most[1]);
        for (size_t k = 0; k < reach->count; k++) {
            const arm_reach_step *s = &reach->step[k];
            for (size_t j = 0; j < 2; j++)
                ck_assert_msg(state[2 * k + j] >= s->low[j].value - s->error[j] &&
                                  state[2 * k + j] <= s->high[j].value + s->error[j],
                              "trial %zu, start (%.17g, %.17g): out of the bounds of sample %zu", trial,
                              start[0], start[1], k);
            ck_assert_msg(k == 0 || fabs(torque[k - 1]) <= s->torque.value + s->torque_error,
                          "trial %zu, start (%.17g, %.17g): more torque than the bound of sample %zu", trial,
                          start[0], start[1], k);
        }
        size_t k = gsl_rng_uniform_int(random, reach->count);
        ck_assert_msg(distance_of(reach, k, state + 2 * k) <=
                          reach->step[k].error[0] + reach->step[k].error[1],
                      "trial %zu, start (%.17g, %.17g): outside all polygons of sample %zu by %g", trial,
                      start[0], start[1], k, distance_of(reach, k, state + 2 * k));
    }
    for (size_t k = 0; k < reach->count; k++)
        bound = fmax(bound, reach->step[k].beyond_between.value + reach->step[k].between_error);
    ck_assert_msg(worst <= bound, "trial %zu: %g goes beyond %g", trial, worst, bound);
    free(state);
}

START_TEST(random_motions_stay_inside) {
    gsl_rng *random = crease_random_new(21, 0);
    arm_plant plant = plane_elbow(false);
    crease_net *law = plane_example();
    arm_reach *reach = reach_of(&plant, law, &usual);
    size_t count = test_cases(2000, 20000);
    check_motions(random, &plant, law, reach, &usual, count, 0);
    /* the worst start is found by the reach set, not by chance: its own motion reaches the value */
    double most[2], worst = -1;
    const arm_extreme *at = NULL;
    for (size_t k = 0; k < reach->count; k++)
        if (reach->step[k].beyond_between.value > worst) {
            at = &reach->step[k].beyond_between;
            worst = at->value;
        }
    ck_assert_int_eq(arm_reach_simulate(&plant, law, .01, 100, at->start, NULL, NULL, most, NULL), CREASE_OK);
    ck_assert_double_eq_tol(most[0], worst, 1e-11);
    arm_reach_free(reach);
    crease_net_free(law);
    gsl_rng_free(random);
}
END_TEST

START_TEST(random_laws) {
    gsl_rng *random = crease_random_new(22, 0);
    for (size_t trial = 0; trial < test_rounds(42, 420); trial++) {
        arm_plant plant = plane_elbow(false);
        crease_net *law = plane_random_law(random, trial);
        arm_reach_options o = {
            .sample = gsl_ran_flat(random, .002, .03), .steps = 25, .keep = true, .most_polygons = 3000};
        for (size_t k = 0; k < 2; k++) {
            o.low[k] = gsl_ran_flat(random, -2, 1.5);
            o.high[k] = o.low[k] + gsl_ran_flat(random, .05, 1.5);
        }
        arm_reach *reach = reach_of(&plant, law, &o);
        ck_assert_double_eq_tol(reach->step[0].area, (o.high[0] - o.low[0]) * (o.high[1] - o.low[1]), 1e-14);
        check_motions(random, &plant, law, reach, &o, 40, trial);
        arm_reach_free(reach);
        crease_net_free(law);
    }
    gsl_rng_free(random);
}
END_TEST

/* ---- exact arithmetic ---- */

enum { BITS = 400 };

/* A rational that mpq arithmetic does not let grow, within 2^-BITS. */
static void shorten(mpq_t value) {
    mpz_mul_2exp(mpq_numref(value), mpq_numref(value), BITS);
    mpz_fdiv_q(mpq_numref(value), mpq_numref(value), mpq_denref(value));
    mpz_set_ui(mpq_denref(value), 1);
    mpz_mul_2exp(mpq_denref(value), mpq_denref(value), BITS);
    mpq_canonicalize(value);
}

/* h and H of plane_sample.c by their power series in exact numbers: h = sum (-a)^n T^{n+1}/(n+1)!, H its
 * integral; e = 1 - a h. */
static void exact_sample(const arm_plant *plant, double sample, mpq_t h, mpq_t H, mpq_t e) {
    mpq_t a, T, term, inertia;
    mpq_inits(a, T, term, inertia, NULL);
    mpq_set_d(a, plant->friction);
    mpq_set_d(inertia, plant->inertia);
    mpq_div(a, a, inertia);
    mpq_set_d(T, sample);
    mpq_set(term, T);
    mpq_set_ui(h, 0, 1);
    mpq_set_ui(H, 0, 1);
    for (unsigned long n = 1; n < 500; n++) {
        mpq_t next;
        mpq_init(next);
        mpq_add(h, h, term);
        mpq_set_ui(next, 1, n + 1);
        mpq_mul(next, next, T);
        mpq_mul(next, next, term);
        mpq_add(H, H, next);
        mpq_mul(next, next, a);
        mpq_neg(term, next);
        shorten(term);
        mpq_clear(next);
    }
    mpq_mul(e, a, h);
    mpq_set_ui(term, 1, 1);
    mpq_sub(e, term, e);
    mpq_clears(a, T, term, inertia, NULL);
}

/* One exact step: x' = x + h w + H u / J, w' = e w + h u / J. */
static void exact_step(exact_net *law, const arm_plant *plant, mpq_t h, mpq_t H, mpq_t e, mpq_t *s,
                       mpq_t *u) {
    mpq_t term, inertia;
    mpq_inits(term, inertia, NULL);
    exact_evaluate(law, s, u);
    mpq_set_d(inertia, plant->inertia);
    mpq_t pull;
    mpq_init(pull);
    mpq_div(pull, *u, inertia);
    mpq_mul(term, h, s[1]);
    mpq_add(s[0], s[0], term);
    mpq_mul(term, H, pull);
    mpq_add(s[0], s[0], term);
    mpq_mul(s[1], s[1], e);
    mpq_mul(term, h, pull);
    mpq_add(s[1], s[1], term);
    shorten(s[0]);
    shorten(s[1]);
    mpq_clears(term, inertia, pull, NULL);
}

/* Exact motions from starts, those of extremes and random ones: at every sample within the error bounds of
 * the polygons. */
static void check_exactly(const arm_plant *plant, const crease_net *law, const arm_reach *reach,
                          const arm_reach_options *o, const double start[2], size_t trial) {
    exact_net *net = exact_net_new(law);
    mpq_t h, H, e, *s = exact_from_doubles(start, 2), u;
    mpq_inits(h, H, e, u, NULL);
    exact_sample(plant, o->sample, h, H, e);
    for (size_t k = 0; k + 1 < reach->count; k++) {
        exact_step(net, plant, h, H, e, s, &u);
        const arm_reach_step *step = &reach->step[k + 1];
        const double at[2] = {mpq_get_d(s[0]), mpq_get_d(s[1])};
        double away = distance_of(reach, k + 1, at),
               bound = step->error[0] + step->error[1] + 1e-15 * (1 + fabs(at[0]) + fabs(at[1]));
        ck_assert_msg(away <= bound, "trial %zu, sample %zu: an exact state is %g outside, the bound is %g",
                      trial, k + 1, away, bound);
        ck_assert_msg(fabs(mpq_get_d(u)) <= step->torque.value + step->torque_error,
                      "trial %zu, sample %zu: torque %.17g, at most %.17g", trial, k + 1, mpq_get_d(u),
                      step->torque.value + step->torque_error);
    }
    mpq_clears(h, H, e, u, NULL);
    exact_vector_free(s, 2);
    exact_net_free(net);
}

START_TEST(exact_motions_keep_to_the_error_bounds) {
    gsl_rng *random = crease_random_new(23, 0);
    arm_plant plant = plane_elbow(false);
    crease_net *law = plane_example();
    arm_reach *reach = reach_of(&plant, law, &usual);
    for (size_t k = 5; k < reach->count; k += 30)
        check_exactly(&plant, law, reach, &usual, reach->step[k].high[0].start, k);
    for (size_t i = 0; i < test_rounds(3, 30); i++) {
        double start[2];
        random_start(random, &usual, start);
        check_exactly(&plant, law, reach, &usual, start, 1000 + i);
    }
    ck_assert(reach->step[100].error[0] > 0 && reach->step[100].error[0] < 1e-8);
    arm_reach_free(reach);
    crease_net_free(law);
    for (size_t trial = 0; trial < test_rounds(10, 100); trial++) {
        arm_reach_options o = usual;
        o.steps = 20;
        o.most_polygons = 3000;
        law = plane_random_law(random, trial);
        reach = reach_of(&plant, law, &o);
        double start[2];
        random_start(random, &o, start);
        check_exactly(&plant, law, reach, &o, start, trial);
        check_exactly(&plant, law, reach, &o, reach->step[reach->count - 1].low[1].start, trial);
        arm_reach_free(reach);
        crease_net_free(law);
    }
    gsl_rng_free(random);
}
END_TEST

START_TEST(sampling_is_exact_to_the_last_digits) {
    gsl_rng *random = crease_random_new(24, 0);
    mpq_t h, H, e;
    mpq_inits(h, H, e, NULL);
    for (size_t trial = 0; trial < test_rounds(60, 600); trial++) {
        arm_plant plant = {"", gsl_ran_flat(random, .1, 5), trial % 4 == 0 ? 0 : gsl_ran_flat(random, 0, 30),
                           0, 1};
        double sample = exp(gsl_ran_flat(random, -9, -1)), ad[4], bd[2];
        arm_reach_sample(&plant, sample, ad, bd);
        exact_sample(&plant, sample, h, H, e);
        const double wanted[5] = {mpq_get_d(h), mpq_get_d(e), mpq_get_d(H) / plant.inertia,
                                  mpq_get_d(h) / plant.inertia, 1};
        const double got[5] = {ad[1], ad[3], bd[0], bd[1], ad[0]};
        for (size_t k = 0; k < 5; k++)
            ck_assert_msg(fabs(got[k] - wanted[k]) <= 0x1p-51 * fabs(wanted[k]),
                          "trial %zu, number %zu: %.17g, not %.17g", trial, k, got[k], wanted[k]);
        ck_assert(ad[2] == 0);
    }
    mpq_clears(h, H, e, NULL);
    gsl_rng_free(random);
}
END_TEST

/* ---- the largest x between samples, for ever, both sides ---- */

START_TEST(between_samples_by_small_steps) {
    gsl_rng *random = crease_random_new(25, 0);
    for (size_t trial = 0; trial < test_rounds(200, 2000); trial++) {
        arm_plant plant = plane_elbow(false);
        crease_net *law = plane_random_law(random, trial);
        double start[2] = {gsl_ran_flat(random, -2, 2), gsl_ran_flat(random, -6, 6)}, most[2], u, s[2],
               far[2];
        double sample = gsl_ran_flat(random, .05, .6);
        if (trial % 5 == 0)
            plant.friction = 0;
        pieces_evaluate(law, start, &u);
        ck_assert_int_eq(arm_reach_simulate(&plant, law, sample, 1, start, NULL, NULL, most, NULL),
                         CREASE_OK);
        const arm_flow flow = {0, -plant.friction / plant.inertia, u / plant.inertia};
        far[0] = start[0];
        far[1] = -start[0];
        for (size_t i = 1; i <= 500; i++) {
            arm_flow_at(&flow, sample * (double)i / 500, start, s);
            far[0] = fmax(far[0], s[0]);
            far[1] = fmax(far[1], -s[0]);
        }
        for (size_t k = 0; k < 2; k++)
            ck_assert_msg(most[k] >= far[k] - 1e-13 * (1 + fabs(far[k])) &&
                              most[k] <= far[k] + 1e-4 * (1 + fabs(u)),
                          "trial %zu: %.15g, by small steps %.15g", trial, most[k], far[k]);
        crease_net_free(law);
    }
    gsl_rng_free(random);
}
END_TEST

START_TEST(what_is_said_for_ever_holds_long) {
    gsl_rng *random = crease_random_new(26, 0);
    arm_plant plant = plane_elbow(false);
    crease_net *law = plane_example();
    arm_reach *reach = reach_of(&plant, law, &usual);
    for (size_t i = 0; i < 50; i++) {
        double start[2], state[2 * 101], torque[4000], after[2 * 4001], most[2];
        random_start(random, &usual, start);
        ck_assert_int_eq(arm_reach_simulate(&plant, law, .01, 100, start, state, NULL, NULL, NULL),
                         CREASE_OK);
        ck_assert_int_eq(arm_reach_simulate(&plant, law, .01, 4000, state + 200, after, torque, most, NULL),
                         CREASE_OK);
        ck_assert(fmax(most[0], most[1]) <= reach->forever[0]);
        for (size_t k = 0; k < 4000; k++)
            ck_assert(fabs(after[2 * k + 1]) <= reach->forever[1] &&
                      fabs(torque[k]) <= reach->forever_torque);
    }
    arm_reach_free(reach);
    /* not before the set is small: after 20 samples it is still far away */
    arm_reach_options few = usual;
    few.steps = 20;
    reach = reach_of(&plant, law, &few);
    ck_assert(!reach->settles);
    arm_reach_free(reach);
    /* nor with a sample of .4 s, which makes the loop unstable */
    few.sample = .4;
    reach = reach_of(&plant, law, &few);
    ck_assert(!reach->settles);
    arm_reach_free(reach);
    crease_net_free(law);
    gsl_rng_free(random);
}
END_TEST

START_TEST(starts_on_both_sides_mirror_each_other) {
    arm_plant plant = plane_elbow(false);
    crease_net *law = plane_example();
    arm_reach_options left = usual, right = usual, both = usual;
    right.low[0] = 1.4;
    right.high[0] = 1.6;
    both.low[0] = -1.6;
    both.high[0] = 1.6;
    arm_reach *a = reach_of(&plant, law, &left), *b = reach_of(&plant, law, &right),
              *c = reach_of(&plant, law, &both);
    ck_assert_uint_eq(c->step[0].polygons, 2);
    for (size_t k = 0; k < a->count; k++) { /* the law is odd */
        ck_assert_double_eq_tol(a->step[k].beyond, b->step[k].beyond, 1e-12);
        ck_assert_double_eq_tol(a->step[k].low[0].value, -b->step[k].high[0].value, 1e-12);
        ck_assert_double_ge(c->step[k].beyond, a->step[k].beyond - 1e-9);
    }
    arm_reach_free(a);
    arm_reach_free(b);
    arm_reach_free(c);
    crease_net_free(law);
}
END_TEST

/* ---- splitting ---- */

typedef struct parts {
    const crease_net *law;
    size_t count, trial;
    double area;
} parts;

static bool take(const arm_corner *corner, size_t count, const arm_affine *law, void *context) {
    parts *p = context;
    double middle[2] = {0, 0}, u;
    for (size_t i = 0; i < count; i++) {
        const arm_corner *a = &corner[i], *b = &corner[(i + 1) % count];
        p->area += (a->s[0] * b->s[1] - b->s[0] * a->s[1]) / 2;
        for (size_t k = 0; k < 2; k++)
            middle[k] += a->s[k] / (double)count;
    }
    pieces_evaluate(p->law, middle, &u);
    double own = law->gain[0] * middle[0] + law->gain[1] * middle[1] + law->offset;
    ck_assert_msg(fabs(own - u) < 1e-9 * (1 + fabs(u)), "trial %zu: a part has %.15g for %.15g", p->trial,
                  own, u);
    p->count++;
    return true;
}

START_TEST(parts_are_the_regions) {
    gsl_rng *random = crease_random_new(27, 0);
    for (size_t trial = 0; trial < test_rounds(70, 700); trial++) {
        arm_plant plant = plane_elbow(false);
        crease_net *law = plane_random_law(random, trial);
        arm_plane *plane = plane_cut(&plant, law, 0, 1.5, 4);
        arm_splitter *splitter;
        parts p = {.law = law, .trial = trial};
        const arm_corner box[4] = {{.s = {-1.5, -4}}, {.s = {1.5, -4}}, {.s = {1.5, 4}}, {.s = {-1.5, 4}}};
        bool no_memory;
        ck_assert_int_eq(arm_splitter_new(law, &splitter, NULL), CREASE_OK);
        ck_assert(arm_splitter_run(splitter, box, 4, take, &p, &no_memory));
        ck_assert_msg(p.count == plane->count, "trial %zu: %zu parts, %zu regions", trial, p.count,
                      plane->count);
        ck_assert_double_eq_tol(p.area, 24, 1e-11);
        arm_splitter_free(splitter);
        arm_plane_free(plane);
        crease_net_free(law);
    }
    gsl_rng_free(random);
}
END_TEST

static bool stop(void *context) {
    size_t *calls = context;
    return ++*calls > 5;
}

START_TEST(what_is_refused) {
    crease_error error;
    arm_plant plant = plane_elbow(false), heavy = plane_elbow(true);
    crease_net *law = plane_example(), *curved = pieces_net("tanh:2", 2, 1, NULL);
    arm_reach *reach;
    arm_reach_options o = usual;
    ck_assert_int_eq(arm_reach_new(&heavy, law, &o, &reach, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_null(reach);
    ck_assert_int_eq(arm_reach_new(&plant, curved, &o, &reach, &error), CREASE_BAD_ARGUMENT);
    o.sample = 0;
    ck_assert_int_eq(arm_reach_new(&plant, law, &o, &reach, &error), CREASE_BAD_ARGUMENT);
    o.sample = NAN;
    ck_assert_int_eq(arm_reach_new(&plant, law, &o, &reach, &error), CREASE_BAD_ARGUMENT);
    o = usual;
    o.low[1] = o.high[1];
    ck_assert_int_eq(arm_reach_new(&plant, law, &o, &reach, &error), CREASE_BAD_ARGUMENT);
    o = usual;
    o.most_polygons = 20;
    reach = reach_of(&plant, law, &o);
    ck_assert_str_eq(reach->why, "polygons");
    ck_assert(reach->count > 20 && reach->count < 101);
    arm_reach_free(reach);
    size_t calls = 0;
    o = usual;
    o.interrupted = stop;
    o.interrupted_context = &calls;
    reach = reach_of(&plant, law, &o);
    ck_assert_str_eq(reach->why, "interrupted");
    ck_assert_uint_eq(reach->count, 6);
    arm_reach_free(reach);
    arm_reach_free(NULL);
    crease_net_free(law);
    crease_net_free(curved);
}
END_TEST

Suite *test_arm_plane_reach(void) {
    Suite *suite = suite_create("arm_plane_reach");
    TCase *tcase = tcase_create("reach");
    tcase_add_test(tcase, table_of_the_reach_set);
    tcase_add_test(tcase, random_motions_stay_inside);
    tcase_add_test(tcase, random_laws);
    tcase_add_test(tcase, exact_motions_keep_to_the_error_bounds);
    tcase_add_test(tcase, sampling_is_exact_to_the_last_digits);
    tcase_add_test(tcase, between_samples_by_small_steps);
    tcase_add_test(tcase, what_is_said_for_ever_holds_long);
    tcase_add_test(tcase, starts_on_both_sides_mirror_each_other);
    tcase_add_test(tcase, parts_are_the_regions);
    tcase_add_test(tcase, what_is_refused);
    tcase_set_timeout(tcase, 120);
    suite_add_tcase(suite, tcase);
    return suite;
}
