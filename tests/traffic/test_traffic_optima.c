/* Fits of diagrams are the best ones: brute force, and what holds for every data set. */
#include "crease/random.h"
#include "support/suites.h"
#include "support/traffic_data.h"
#include <gsl/gsl_randist.h>
#include <math.h>

enum { MOST = TRAFFIC_SAMPLE_MOST };

/* Least squares of p <= 3 columns over the first `cut` sorted rows by elimination with pivots; false:
 * singular. */
static bool small_least_squares(const traffic_sample *s, const size_t *order, size_t cut, size_t p,
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

/* Least true loss over all subsets of the columns and all prefixes, for fixed kinks. */
static double best_for_kinks(const traffic_sample *s, const size_t *order, size_t kinks, const double *kink) {
    double best = INFINITY;
    for (unsigned subset = 0; subset < 1u << kinks; subset++) {
        chosen_columns c = {.kink = {kink[0], kinks > 1 ? kink[1] : 0}};
        size_t p = 1;
        for (size_t j = 0; j < kinks; j++)
            if (subset >> j & 1)
                c.which[p++] = j + 1;
        for (size_t cut = 1; cut <= s->n; cut++) {
            double x[3] = {0};
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
                best = fmin(best, traffic_sample_loss(s, &d));
        }
    }
    return best;
}

/* The exact optimum with one kink: at a datum, or where a line through 0 and a free line meet in their gap
 * (Hudson 1966), for each prefix of rows. */
static double exact_one_kink(const traffic_sample *s) {
    size_t order[MOST];
    traffic_sample_order(s, order);
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
            best = fmin(best, traffic_sample_loss(s, &d));
        }
    return best;
}

START_TEST(one_kink_is_the_global_optimum) {
    for (uint64_t seed = 1; seed <= test_cases(40, 300); seed++) {
        const traffic_sample s = traffic_sample_random(12 + seed % 30, seed, seed % 3 ? 150 : 600);
        const traffic_diagram found = traffic_sample_fit(&s, 1);
        const double loss = traffic_sample_loss(&s, &found), exact = exact_one_kink(&s);
        ck_assert_msg(fabs(loss - exact) <= 1e-8 * exact, "seed %lu: loss %.12g, brute force %.12g",
                      (unsigned long)seed, loss, exact);
    }
}
END_TEST

/* Two kinks against every pair of a grid that halves each gap between data. */
START_TEST(two_kinks_beat_a_fine_grid) {
    for (uint64_t seed = 1; seed <= test_cases(4, 16); seed++) {
        const traffic_sample s = traffic_sample_random(10 + seed % 4, 500 + seed, seed % 2 ? 150 : 500);
        const traffic_diagram found = traffic_sample_fit(&s, 2);
        const double loss = traffic_sample_loss(&s, &found);
        size_t order[MOST], size = 0;
        double grid[2 * MOST], best = INFINITY;
        traffic_sample_order(&s, order);
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
        const traffic_sample s = traffic_sample_random(40, 900 + seed, 300);
        const traffic_diagram found = traffic_sample_fit(&s, 0);
        const double loss = traffic_sample_loss(&s, &found);
        double best = INFINITY, centre_v = 100, centre_j = 150, half_v = 95, half_j = 145;
        for (int level = 0; level < 40; level++) {
            double next_v = centre_v, next_j = centre_j;
            for (int i = -20; i <= 20; i++)
                for (int j = -20; j <= 20; j++) {
                    const traffic_diagram d = {.family = TRAFFIC_GREENSHIELDS,
                                               .free_speed = centre_v + half_v * i / 20,
                                               .jam_density = centre_j + half_j * j / 20};
                    const double trial =
                        d.free_speed > 0 && d.jam_density > 0 ? traffic_sample_loss(&s, &d) : INFINITY;
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

START_TEST(shape_holds_for_any_data) {
    for (uint64_t seed = 1; seed <= test_cases(4, 40); seed++) {
        traffic_sample s = traffic_sample_random(30 + seed % 70, 2000 + seed, 500);
        gsl_rng *generator = crease_random_new(seed, 7);
        if (seed % 4 == 0) /* flows without any shape, negative ones too */
            for (size_t i = 0; i < s.n; i++)
                s.flow[i] = gsl_ran_gaussian(generator, 1000);
        double before = INFINITY;
        for (size_t kinks = 1; kinks <= 4; kinks++) {
            const traffic_diagram d = traffic_sample_fit(&s, kinks);
            const double loss = traffic_sample_loss(&s, &d);
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
        const traffic_sample s = traffic_sample_random(80, 3000 + seed, 200);
        traffic_sample changed = s;
        size_t order[MOST];
        double widest = 0; /* gap between rows */
        traffic_sample_order(&s, order);
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
            const traffic_diagram a = traffic_sample_fit(&s, kinks), b = traffic_sample_fit(&changed, kinks);
            const double la = traffic_sample_loss(&s, &a), lb = traffic_sample_loss(&changed, &b) / 45;
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
    traffic_sample s = {.n = 2, .density = {10, 20}, .flow = {500, 900}, .weight = {1, 1}};
    for (size_t kinks = 0; kinks <= 3; kinks++)
        ck_assert_double_le(
            traffic_sample_loss(&s, &(traffic_diagram){.free_speed = 0, .family = TRAFFIC_PHYSICAL}),
            1e9 + 0 * (double)traffic_sample_fit(&s, kinks).kinks);
    s = (traffic_sample){.n = 4, .density = {10, 20, 30, 40}, .weight = {1, 1, 1, 1}}; /* an empty road */
    const traffic_diagram still = traffic_sample_fit(&s, 2);
    ck_assert_double_eq(traffic_sample_loss(&s, &still), 0);
    s = (traffic_sample){.n = 3, .density = {0, 0, 0}, .flow = {1, 2, 3}, .weight = {1, 1, 1}};
    traffic_diagram d;
    crease_error error = {0};
    const traffic_data data = traffic_sample_data(&s);
    ck_assert_int_eq(traffic_fit_physical(&data, 1, 1, &d, &error), CREASE_BAD_DATA);
    ck_assert_int_eq(traffic_fit_physical(&data, 0, 1, &d, &error), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(traffic_fit_physical(&data, TRAFFIC_MAX_KINKS + 1, 1, &d, &error), CREASE_BAD_ARGUMENT);
}
END_TEST

Suite *test_traffic_optima(void) {
    Suite *suite = suite_create("traffic optima");
    TCase *fits = tcase_create("fits"), *all = tcase_create("properties");
    tcase_add_test(fits, one_kink_is_the_global_optimum);
    tcase_add_test(fits, two_kinks_beat_a_fine_grid);
    tcase_add_test(fits, greenshields_is_the_global_optimum);
    tcase_add_test(all, shape_holds_for_any_data);
    tcase_add_test(all, order_and_units_do_not_matter);
    tcase_add_test(all, few_or_strange_rows);
    tcase_set_timeout(fits, 600);
    tcase_set_timeout(all, 600);
    suite_add_tcase(suite, fits);
    suite_add_tcase(suite, all);
    return suite;
}
