/* Diagrams and their fits: closed forms, recovery without noise, brute force, and what holds for every data
 * set. */
#include "crease/random.h"
#include "support/suites.h"
#include "traffic/traffic.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 400 };

typedef struct sample {
    size_t n;
    double density[MOST], flow[MOST], weight[MOST];
} sample;

static traffic_data data_of(const sample *s) {
    return (traffic_data){s->n, s->density, s->flow, s->weight};
}

static double loss_of(const sample *s, const traffic_diagram *diagram) {
    double loss = 0;
    for (size_t i = 0; i < s->n; i++) {
        const double r = s->flow[i] - traffic_diagram_flow(diagram, s->density[i]);
        loss += s->weight[i] * r * r;
    }
    return loss;
}

/* Noisy triangular traffic on a whole road, with a tail beyond the jam in every other case. */
static sample random_sample(size_t n, uint64_t seed, double noise) {
    sample s = {.n = n};
    gsl_rng *generator = crease_random_new(seed, 0);
    const double free_speed = gsl_ran_flat(generator, 60, 130), jam = gsl_ran_flat(generator, 80, 160);
    const double wave = gsl_ran_flat(generator, 10, 30),
                 end = seed % 2 ? 1.1 * jam : gsl_ran_flat(generator, .5, 1) * jam;
    for (size_t i = 0; i < n; i++) {
        const double x = gsl_ran_flat(generator, 1, end);
        s.density[i] = x;
        s.flow[i] =
            fmax(0, fmax(0, fmin(free_speed * x, wave * (jam - x))) + gsl_ran_gaussian(generator, noise));
        s.weight[i] = gsl_ran_flat(generator, .5, 2);
    }
    gsl_rng_free(generator);
    return s;
}

static traffic_diagram fit(const sample *s, size_t kinks) {
    traffic_diagram diagram;
    crease_error error;
    const traffic_data data = data_of(s);
    const crease_status status = kinks == 0 ? traffic_fit_greenshields(&data, &diagram, &error)
                                            : traffic_fit_physical(&data, kinks, 1, &diagram, &error);
    ck_assert_msg(status == CREASE_OK, "%s", error.message);
    return diagram;
}

/* ---- closed forms ---- */

START_TEST(closed_forms) {
    const traffic_diagram triangle = {.family = TRAFFIC_PHYSICAL,
                                      .free_speed = 100,
                                      .kinks = 1,
                                      .kink = {20},
                                      .slope_drop = {100 + 2000.0 / 130}};
    traffic_audit a;
    traffic_audit_diagram(&triangle, 140, &a);
    ck_assert_double_eq_tol(a.capacity, 2000, 1e-9);
    ck_assert_double_eq_tol(a.critical_density, 20, 1e-12);
    ck_assert_double_eq_tol(a.jam_density, 150, 1e-9);
    ck_assert_double_eq_tol(a.wave_speed, 2000.0 / 130, 1e-10);
    ck_assert(a.extrapolated);
    for (double x = -10; x < 200; x += .37)
        ck_assert_double_eq_tol(traffic_diagram_flow(&triangle, x),
                                x <= 0 ? 0 : fmax(0, fmin(100 * x, 2000.0 / 130 * (150 - x))), 1e-9);
    const traffic_diagram parabola = {.family = TRAFFIC_GREENSHIELDS, .free_speed = 100, .jam_density = 150};
    traffic_audit_diagram(&parabola, 160, &a);
    ck_assert_double_eq_tol(a.capacity, 3750, 1e-9);
    ck_assert_double_eq_tol(a.critical_density, 75, 1e-12);
    ck_assert_double_eq_tol(a.wave_speed, 50, 1e-12);
    ck_assert(!a.extrapolated);
    ck_assert_double_eq_tol(traffic_diagram_flow(&parabola, 30), 2400, 1e-9);
    ck_assert_double_eq(traffic_diagram_flow(&parabola, 151), 0);
}
END_TEST

/* Capacity on a plateau, a kink beyond the jam, and no jam at all. */
START_TEST(audit_of_unusual_shapes) {
    traffic_audit a;
    const traffic_diagram plateau = {
        .family = TRAFFIC_PHYSICAL, .free_speed = 100, .kinks = 2, .kink = {20, 40}, .slope_drop = {100, 50}};
    traffic_audit_diagram(&plateau, 70, &a);
    ck_assert_double_eq_tol(a.critical_density, 20, 1e-12);
    ck_assert_double_eq_tol(a.jam_density, 80, 1e-9);
    const traffic_diagram beyond = {
        .family = TRAFFIC_PHYSICAL, .free_speed = 50, .kinks = 2, .kink = {10, 90}, .slope_drop = {60, 20}};
    traffic_audit_diagram(&beyond, 70, &a);
    ck_assert_double_eq_tol(a.jam_density, 60, 1e-9);
    ck_assert(!a.extrapolated);
    const traffic_diagram rising = {
        .family = TRAFFIC_PHYSICAL, .free_speed = 50, .kinks = 1, .kink = {10}, .slope_drop = {20}};
    traffic_audit_diagram(&rising, 70, &a);
    ck_assert(isnan(a.capacity) && isnan(a.jam_density) && isnan(a.min_flow_beyond_jam));
    ck_assert(a.why_capacity && a.why_jam);
}
END_TEST

/* ---- recovery without noise ---- */

static sample noise_free(const traffic_diagram *truth, double end, size_t n) {
    sample s = {.n = n};
    for (size_t i = 0; i < n; i++) {
        s.density[i] = end * (double)(i + 1) / (double)n;
        s.flow[i] = traffic_diagram_flow(truth, s.density[i]);
        s.weight[i] = 1;
    }
    return s;
}

START_TEST(recovers_physical_diagrams) {
    const traffic_diagram truth[] = {{.family = TRAFFIC_PHYSICAL,
                                      .free_speed = 119.988,
                                      .kinks = 1,
                                      .kink = {21.054},
                                      .slope_drop = {142.488}},
                                     {.family = TRAFFIC_PHYSICAL,
                                      .free_speed = 90,
                                      .kinks = 2,
                                      .kink = {18.2, 31.7},
                                      .slope_drop = {95, 10}},
                                     {.family = TRAFFIC_PHYSICAL,
                                      .free_speed = 110,
                                      .kinks = 3,
                                      .kink = {11.3, 24.9, 61.7},
                                      .slope_drop = {50, 70, 9}}};
    const double end[] = {1.3, 1.0, .85};
    for (size_t t = 0; t < 3; t++)
        for (size_t e = 0; e < 3; e++) {
            traffic_audit a;
            traffic_audit_diagram(&truth[t], 1000, &a);
            const sample s = noise_free(&truth[t], end[e] * a.jam_density, 150);
            const traffic_diagram found = fit(&s, truth[t].kinks);
            ck_assert_uint_eq(found.kinks, truth[t].kinks);
            ck_assert_double_eq_tol(found.free_speed, truth[t].free_speed, 1e-8);
            for (size_t j = 0; j < found.kinks; j++) {
                ck_assert_double_eq_tol(found.kink[j], truth[t].kink[j], 1e-8);
                ck_assert_double_eq_tol(found.slope_drop[j], truth[t].slope_drop[j], 1e-7);
            }
        }
}
END_TEST

START_TEST(recovers_greenshields) {
    const traffic_diagram truth = {.family = TRAFFIC_GREENSHIELDS, .free_speed = 97.3, .jam_density = 141.7};
    for (double end = .4; end < 1.6; end += .2) {
        const sample s = noise_free(&truth, end * truth.jam_density, 200);
        const traffic_diagram flow = fit(&s, 0);
        ck_assert_double_eq_tol(flow.free_speed, truth.free_speed, 1e-8);
        ck_assert_double_eq_tol(flow.jam_density, truth.jam_density, 1e-8);
        if (end > 1)
            continue; /* by speed the line goes on below 0 */
        traffic_diagram speed;
        const traffic_data data = data_of(&s);
        ck_assert_int_eq(traffic_fit_greenshields_by_speed(&data, &speed, NULL), CREASE_OK);
        ck_assert_double_eq_tol(speed.free_speed, truth.free_speed, 1e-9);
        ck_assert_double_eq_tol(speed.jam_density, truth.jam_density, 1e-9);
    }
}
END_TEST

/* traffic.md, section 1: a piecewise-linear fit of a parabola overestimates the jam where the data end before
 * it. */
START_TEST(overestimates_the_jam_of_a_parabola) {
    const traffic_diagram truth = {.family = TRAFFIC_GREENSHIELDS, .free_speed = 100, .jam_density = 150};
    const size_t kinks[] = {2, 3, 4, 6};
    const double short_data[] = {30, 20, 15, 11}, long_data[] = {4.6, 2.2, 1.2, .5};
    const sample ends_early = noise_free(&truth, .85 * 150, 400),
                 goes_on = noise_free(&truth, 1.2 * 150, 400);
    for (size_t i = 0; i < 4; i++) {
        traffic_audit early, late;
        const traffic_diagram a = fit(&ends_early, kinks[i]), b = fit(&goes_on, kinks[i]);
        traffic_audit_diagram(&a, 127.5, &early);
        traffic_audit_diagram(&b, 180, &late);
        ck_assert_double_eq_tol(early.jam_density - 150, short_data[i], .12 * short_data[i]);
        ck_assert_double_eq_tol(late.jam_density - 150, long_data[i], .2 * long_data[i] + .1);
    }
}
END_TEST

/* ---- brute force ---- */

/* Least squares of p <= 3 columns over the first `cut` sorted rows by elimination with pivots; false:
 * singular. */
static bool small_least_squares(const sample *s, const size_t *order, size_t cut, size_t p,
                                double (*column)(size_t j, double x, const void *context),
                                const void *context, double *solution) {
    double a[3][4] = {{0}};
    for (size_t i = 0; i < cut; i++) {
        const double x = s->density[order[i]], w = s->weight[order[i]];
        for (size_t j = 0; j < p; j++) {
            const double cj = column(j, x, context);
            for (size_t k = 0; k < p; k++)
                a[j][k] += w * cj * column(k, x, context);
            a[j][p] += w * cj * s->flow[order[i]];
        }
    }
    for (size_t j = 0; j < p; j++) {
        size_t pivot = j;
        for (size_t k = j + 1; k < p; k++)
            pivot = fabs(a[k][j]) > fabs(a[pivot][j]) ? k : pivot;
        if (fabs(a[pivot][j]) < 1e-9)
            return false;
        for (size_t k = 0; k <= p; k++) {
            const double swap = a[j][k];
            a[j][k] = a[pivot][k];
            a[pivot][k] = swap;
        }
        for (size_t i = 0; i < p; i++)
            for (size_t k = p + 1; i != j && k-- > j;)
                a[i][k] -= a[i][j] / a[j][j] * a[j][k];
    }
    for (size_t j = 0; j < p; j++)
        solution[j] = a[j][p] / a[j][j];
    return true;
}

typedef struct chosen_columns {
    double kink[2];
    size_t which[3]; /* 0: x, 1 and 2: -relu(x - kink) */
} chosen_columns;

static double column_value(size_t j, double x, const void *context) {
    const chosen_columns *c = context;
    return c->which[j] == 0 ? x : -fmax(0, x - c->kink[c->which[j] - 1]);
}

static int compare_density(const void *a, const void *b, void *context) {
    const double *density = context, x = density[*(const size_t *)a], y = density[*(const size_t *)b];
    return x < y ? -1 : x > y;
}

/* Least true loss over all subsets of the columns and all prefixes, for fixed kinks. */
static double best_for_kinks(const sample *s, const size_t *order, size_t kinks, const double *kink) {
    double best = INFINITY;
    for (unsigned subset = 0; subset < 1u << kinks; subset++) {
        chosen_columns c = {.kink = {kink[0], kinks > 1 ? kink[1] : 0}};
        size_t p = 1;
        for (size_t j = 0; j < kinks; j++)
            if (subset >> j & 1)
                c.which[p++] = j + 1;
        for (size_t cut = 1; cut <= s->n; cut++) {
            double x[3];
            if (!small_least_squares(s, order, cut, p, column_value, &c, x))
                continue;
            traffic_diagram d = {.family = TRAFFIC_PHYSICAL, .free_speed = x[0]};
            bool feasible = x[0] >= 0;
            for (size_t j = 1; j < p; j++) {
                feasible = feasible && x[j] >= 0;
                d.kink[d.kinks] = c.kink[c.which[j] - 1];
                d.slope_drop[d.kinks++] = x[j];
            }
            if (feasible)
                best = fmin(best, loss_of(s, &d));
        }
    }
    return best;
}

static void sort_order(const sample *s, size_t *order) {
    for (size_t i = 0; i < s->n; i++)
        order[i] = i;
    qsort_r(order, s->n, sizeof *order, compare_density, (void *)s->density);
}

/* The exact optimum with one kink: at a datum, or where a line through 0 and a free line meet in their gap
 * (Hudson 1966), for each prefix of rows. */
static double exact_one_kink(const sample *s) {
    size_t order[MOST];
    sort_order(s, order);
    double best = INFINITY;
    for (size_t j = 0; j + 1 < s->n; j++)
        best = fmin(best, best_for_kinks(s, order, 1, &s->density[order[j]]));
    for (size_t j = 0; j + 2 < s->n; j++)
        for (size_t cut = j + 3; cut <= s->n; cut++) {
            double xx = 0, xy = 0, w0 = 0, wx = 0, wxx = 0, wy = 0, wxy = 0;
            for (size_t i = 0; i < cut; i++) {
                const double w = s->weight[order[i]], x = s->density[order[i]], y = s->flow[order[i]];
                if (i <= j) {
                    xx += w * x * x;
                    xy += w * x * y;
                } else {
                    w0 += w, wx += w * x, wxx += w * x * x, wy += w * y, wxy += w * x * y;
                }
            }
            const double free_speed = xy / xx, slope = (w0 * wxy - wx * wy) / (w0 * wxx - wx * wx);
            const double offset = (wy - slope * wx) / w0, kink = offset / (free_speed - slope);
            if (!(free_speed - slope >= 0) || !(kink >= s->density[order[j]]) ||
                !(kink <= s->density[order[j + 1]]))
                continue;
            const traffic_diagram d = {.family = TRAFFIC_PHYSICAL,
                                       .free_speed = free_speed,
                                       .kinks = 1,
                                       .kink = {kink},
                                       .slope_drop = {free_speed - slope}};
            best = fmin(best, loss_of(s, &d));
        }
    return best;
}

START_TEST(one_kink_is_the_global_optimum) {
    for (uint64_t seed = 1; seed <= test_cases(40, 300); seed++) {
        const sample s = random_sample(12 + seed % 30, seed, seed % 3 ? 150 : 600);
        const traffic_diagram found = fit(&s, 1);
        const double loss = loss_of(&s, &found), exact = exact_one_kink(&s);
        ck_assert_msg(fabs(loss - exact) <= 1e-8 * exact, "seed %lu: loss %.12g, brute force %.12g",
                      (unsigned long)seed, loss, exact);
    }
}
END_TEST

/* Two kinks against every pair of a grid that halves each gap between data. */
START_TEST(two_kinks_beat_a_fine_grid) {
    for (uint64_t seed = 1; seed <= test_cases(4, 16); seed++) {
        const sample s = random_sample(10 + seed % 4, 500 + seed, seed % 2 ? 150 : 500);
        const traffic_diagram found = fit(&s, 2);
        const double loss = loss_of(&s, &found);
        size_t order[MOST], size = 0;
        double grid[2 * MOST], best = INFINITY;
        sort_order(&s, order);
        for (size_t i = 0; i + 1 < s.n; i++)
            for (int part = 0; part < 2; part++)
                grid[size++] =
                    s.density[order[i]] + part * .5 * (s.density[order[i + 1]] - s.density[order[i]]);
        for (size_t i = 0; i < size; i++)
            for (size_t j = i + 1; j < size; j++)
                best = fmin(best, best_for_kinks(&s, order, 2, (const double[]){grid[i], grid[j]}));
        ck_assert_msg(loss <= best * (1 + 1e-9), "seed %lu: loss %.12g, grid %.12g", (unsigned long)seed,
                      loss, best);
    }
}
END_TEST

/* Greenshields against a grid of free speeds and jam densities: never beaten, and reached when the grid is
 * refined. */
START_TEST(greenshields_is_the_global_optimum) {
    for (uint64_t seed = 1; seed <= test_cases(20, 100); seed++) {
        const sample s = random_sample(40, 900 + seed, 300);
        const traffic_diagram found = fit(&s, 0);
        const double loss = loss_of(&s, &found);
        double best = INFINITY, centre_v = 100, centre_j = 150, half_v = 95, half_j = 145;
        for (int level = 0; level < 40; level++) {
            double next_v = centre_v, next_j = centre_j;
            for (int i = -20; i <= 20; i++)
                for (int j = -20; j <= 20; j++) {
                    const traffic_diagram d = {.family = TRAFFIC_GREENSHIELDS,
                                               .free_speed = centre_v + half_v * i / 20,
                                               .jam_density = centre_j + half_j * j / 20};
                    const double trial = d.free_speed > 0 && d.jam_density > 0 ? loss_of(&s, &d) : INFINITY;
                    if (trial < best) {
                        best = trial;
                        next_v = d.free_speed;
                        next_j = d.jam_density;
                    }
                }
            centre_v = next_v, centre_j = next_j;
            half_v *= .6, half_j *= .6;
        }
        ck_assert_msg(loss <= best * (1 + 1e-10), "seed %lu: loss %.12g, grid %.12g", (unsigned long)seed,
                      loss, best);
        ck_assert_msg(isinf(found.jam_density) || loss >= best * (1 - 1e-2),
                      "seed %lu: loss %.12g, grid %.12g", (unsigned long)seed, loss, best);
    }
}
END_TEST

/* ---- what holds for all data ---- */

START_TEST(shape_holds_for_any_data) {
    for (uint64_t seed = 1; seed <= test_cases(4, 40); seed++) {
        sample s = random_sample(30 + seed % 70, 2000 + seed, 500);
        gsl_rng *generator = crease_random_new(seed, 7);
        if (seed % 4 == 0) /* flows without any shape, negative ones too */
            for (size_t i = 0; i < s.n; i++)
                s.flow[i] = gsl_ran_gaussian(generator, 1000);
        double before = INFINITY;
        for (size_t kinks = 1; kinks <= 4; kinks++) {
            const traffic_diagram d = fit(&s, kinks);
            const double loss = loss_of(&s, &d);
            ck_assert_msg(loss <= before * (1 + 1e-9),
                          "seed %lu: %zu kinks lose more, %.12g, than one less, %.12g", (unsigned long)seed,
                          kinks, loss, before);
            before = loss;
            ck_assert_uint_le(d.kinks, kinks);
            ck_assert_double_ge(d.free_speed, 0);
            for (size_t j = 0; j < d.kinks; j++)
                ck_assert(d.slope_drop[j] > 0 && d.kink[j] > (j ? d.kink[j - 1] : 0));
            ck_assert_double_eq(traffic_diagram_flow(&d, 0), 0);
            for (int trial = 0; trial < 200; trial++) {
                const double a = gsl_ran_flat(generator, 0, 300), b = gsl_ran_flat(generator, 0, 300);
                const double qa = traffic_diagram_flow(&d, a), qb = traffic_diagram_flow(&d, b);
                const double middle = traffic_diagram_flow(&d, .5 * (a + b));
                ck_assert_msg(qa >= 0, "seed %lu: flow %g at %g", (unsigned long)seed, qa, a);
                if (qa > 0 && qb > 0)
                    ck_assert_msg(middle >= .5 * (qa + qb) - 1e-9 * (qa + qb),
                                  "seed %lu: not concave between %g and %g", (unsigned long)seed, a, b);
            }
        }
        gsl_rng_free(generator);
    }
}
END_TEST

START_TEST(order_and_units_do_not_matter) {
    for (uint64_t seed = 1; seed <= 10; seed++) {
        const sample s = random_sample(80, 3000 + seed, 200);
        sample changed = s;
        size_t order[MOST];
        double widest = 0; /* gap between rows */
        sort_order(&s, order);
        for (size_t i = 1; i < s.n; i++)
            widest = fmax(widest, 1.609344 * (s.density[order[i]] - s.density[order[i - 1]]));
        gsl_rng *generator = crease_random_new(seed, 8);
        crease_random_shuffle(generator, order, s.n);
        gsl_rng_free(generator);
        for (size_t i = 0; i < s.n; i++) { /* km to miles, and flow of three lanes */
            changed.density[i] = s.density[order[i]] * 1.609344;
            changed.flow[i] = 3 * s.flow[order[i]];
            changed.weight[i] = 5 * s.weight[order[i]];
        }
        for (size_t kinks = 0; kinks <= 2; kinks++) {
            const traffic_diagram a = fit(&s, kinks), b = fit(&changed, kinks);
            const double la = loss_of(&s, &a), lb = loss_of(&changed, &b) / 45;
            ck_assert_msg(fabs(la - lb) <= 1e-9 * la, "seed %lu, %zu kinks: losses %.12g and %.12g",
                          (unsigned long)seed, kinks, la, lb);
            ck_assert_double_eq_tol(b.free_speed, 3 / 1.609344 * a.free_speed, 1e-7 * b.free_speed);
            ck_assert_uint_eq(a.kinks, b.kinks);
            for (size_t j = 0; j < a.kinks; j++)
                ck_assert_double_eq_tol(b.kink[j], 1.609344 * a.kink[j],
                                        kinks == 1 ? 1e-6 * b.kink[j] : widest);
            /* a kink with one row between it and the jam may lie anywhere in its gap: the rows do not tell */
            for (size_t i = 0; i < s.n; i++)
                ck_assert_double_eq_tol(traffic_diagram_flow(&b, 1.609344 * s.density[i]),
                                        3 * traffic_diagram_flow(&a, s.density[i]), 1e-3);
            if (kinks == 0)
                ck_assert_double_eq_tol(b.jam_density, 1.609344 * a.jam_density, 1e-7 * b.jam_density);
        }
    }
}
END_TEST

START_TEST(few_or_strange_rows) {
    sample s = {.n = 2, .density = {10, 20}, .flow = {500, 900}, .weight = {1, 1}};
    for (size_t kinks = 0; kinks <= 3; kinks++)
        ck_assert_double_le(loss_of(&s, &(traffic_diagram){.free_speed = 0, .family = TRAFFIC_PHYSICAL}),
                            1e9 + 0 * (double)fit(&s, kinks).kinks);
    s = (sample){.n = 4, .density = {10, 20, 30, 40}, .weight = {1, 1, 1, 1}}; /* an empty road */
    const traffic_diagram still = fit(&s, 2);
    ck_assert_double_eq(loss_of(&s, &still), 0);
    s = (sample){.n = 3, .density = {0, 0, 0}, .flow = {1, 2, 3}, .weight = {1, 1, 1}};
    traffic_diagram d;
    crease_error error = {0};
    const traffic_data data = data_of(&s);
    ck_assert_int_eq(traffic_fit_physical(&data, 1, 1, &d, &error), CREASE_BAD_DATA);
    ck_assert_int_eq(traffic_fit_physical(&data, 0, 1, &d, &error), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(traffic_fit_physical(&data, TRAFFIC_MAX_KINKS + 1, 1, &d, &error), CREASE_BAD_ARGUMENT);
}
END_TEST

/* ---- weights and bound ---- */

START_TEST(qu_weights_by_hand) {
    const double density[] = {30, 10, 20, 20, 45};
    double weight[5];
    ck_assert_int_eq(traffic_qu_weights(5, density, weight, NULL), CREASE_OK);
    const double expected[] = {12.5, 10, 5, 5, 15};
    for (size_t i = 0; i < 5; i++)
        ck_assert_double_eq_tol(weight[i], expected[i], 1e-12);
}
END_TEST

/* Isotonic regression by its min-max formula: v_i = min over a <= i of max over b >= i of the mean of [a, b],
 * for decreasing v. */
START_TEST(isotonic_bound_by_min_max) {
    for (uint64_t seed = 1; seed <= test_cases(6, 100); seed++) {
        sample s = random_sample(30, 4000 + seed, 300);
        size_t order[MOST];
        sort_order(&s, order);
        double sum = 0, total = 0, bound = 0;
        for (size_t i = 0; i < s.n; i++) {
            double lowest = INFINITY;
            for (size_t a = 0; a <= i; a++) {
                double highest = -INFINITY;
                for (size_t b = i; b < s.n; b++) {
                    double weight = 0, speed = 0;
                    for (size_t k = a; k <= b; k++) {
                        const double x = s.density[order[k]];
                        weight += s.weight[order[k]] * x * x;
                        speed += s.weight[order[k]] * x * s.flow[order[k]];
                    }
                    highest = fmax(highest, speed / weight);
                }
                lowest = fmin(lowest, highest);
            }
            const double r = s.flow[order[i]] - lowest * s.density[order[i]];
            sum += s.weight[order[i]] * r * r;
            total += s.weight[order[i]];
        }
        const traffic_data data = data_of(&s);
        ck_assert_int_eq(traffic_isotonic_bound(&data, &bound, NULL), CREASE_OK);
        ck_assert_double_eq_tol(bound, sum / total, 1e-9 * bound);
        const traffic_diagram d = fit(&s, 3);
        ck_assert_double_ge(loss_of(&s, &d) / total,
                            bound * (1 - 1e-12)); /* every concave diagram obeys it */
    }
}
END_TEST

/* The network of a diagram is the diagram, below 0, at its kinks, between and beyond them. */
START_TEST(the_network_of_a_diagram_is_the_diagram) {
    for (unsigned long seed = 1; seed <= 200; seed++) {
        gsl_rng *random = crease_random_new(seed, 9);
        crease_net *net = NULL;
        crease_work *work = NULL;
        crease_error error;
        traffic_row r = {
            .diagram = {.family = TRAFFIC_PHYSICAL, .free_speed = 120 * gsl_rng_uniform(random)}};
        traffic_diagram *d = &r.diagram;
        d->kinks = (size_t)(seed % (TRAFFIC_MAX_KINKS + 1));
        double k = 0;
        for (size_t i = 0; i < d->kinks; i++) {
            d->kink[i] = k += 20 * gsl_rng_uniform(random);
            d->slope_drop[i] = 100 * gsl_rng_uniform(random);
        }
        ck_assert_int_eq(traffic_row_network(&r, &net, &error), CREASE_OK);
        ck_assert_int_eq(crease_work_new(net, &work, &error), CREASE_OK);
        for (int i = -20; i <= 100; i++) {
            const double density = i < 0 && (size_t)-i <= d->kinks ? d->kink[-i - 1] : 3. * i;
            double flow;
            crease_net_evaluate(net, NULL, work, 1, &density, &flow);
            ck_assert_msg(fabs(flow - traffic_diagram_flow(d, density)) <= 1e-9 && flow >= 0,
                          "seed %lu, density %g: %.17g, %.17g", seed, density, flow,
                          traffic_diagram_flow(d, density));
        }
        crease_work_free(work);
        crease_net_free(net);
        gsl_rng_free(random);
    }
    crease_net *net = NULL;
    crease_error error;
    traffic_row parabola = {.model = (char[]){"greenshields"}, .diagram = {.family = TRAFFIC_GREENSHIELDS}};
    ck_assert_int_eq(traffic_row_network(&parabola, &net, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_null(net);
}
END_TEST

Suite *test_traffic_diagrams(void) {
    Suite *suite = suite_create("traffic diagrams");
    TCase *forms = tcase_create("closed forms"), *fits = tcase_create("fits"),
          *all = tcase_create("properties");
    tcase_add_test(forms, closed_forms);
    tcase_add_test(forms, the_network_of_a_diagram_is_the_diagram);
    tcase_add_test(forms, audit_of_unusual_shapes);
    tcase_add_test(forms, qu_weights_by_hand);
    tcase_add_test(forms, isotonic_bound_by_min_max);
    tcase_add_test(fits, recovers_physical_diagrams);
    tcase_add_test(fits, recovers_greenshields);
    tcase_add_test(fits, overestimates_the_jam_of_a_parabola);
    tcase_add_test(fits, one_kink_is_the_global_optimum);
    tcase_add_test(fits, two_kinks_beat_a_fine_grid);
    tcase_add_test(fits, greenshields_is_the_global_optimum);
    tcase_add_test(all, shape_holds_for_any_data);
    tcase_add_test(all, order_and_units_do_not_matter);
    tcase_add_test(all, few_or_strange_rows);
    tcase_set_timeout(forms, 120);
    tcase_set_timeout(fits, 600);
    tcase_set_timeout(all, 600);
    suite_add_tcase(suite, forms);
    suite_add_tcase(suite, fits);
    suite_add_tcase(suite, all);
    return suite;
}
