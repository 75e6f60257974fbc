/* Profiles against plain least squares and against the global search with a fixed knot; sets against the profile; how
 * often they hold the kink. */
#include "crease/inference.h"
#include "crease/random.h"
#include "support/hinges.h"
#include "support/suites.h"
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { most_rows = 500 };

typedef struct sample {
    double x[most_rows], y[most_rows], weight[most_rows];
    crease_data data;
    crease_knots_result fit;
} sample;

static void fit(sample *s, size_t knots) {
    crease_error error;
    ck_assert_msg(crease_knots_fit(&s->data, &(crease_knots_options){.knots = knots, .work = -1}, &s->fit,
                                   &error) == CREASE_OK,
                  "%s", error.message);
}

/* Kinks at 3 and 7, ties and weights with odd seeds. */
static void draw(sample *s, uint64_t seed, size_t n, double noise, size_t knots) {
    gsl_rng *rng = crease_random_new(seed, 0);
    for (size_t i = 0; i < n; i++) {
        s->x[i] = 10 * gsl_rng_uniform(rng);
        if (seed % 2)
            s->x[i] = round(4 * s->x[i]) / 4;
        s->weight[i] = gsl_ran_flat(rng, .5, 2);
        s->y[i] =
            s->x[i] - 2 * fmax(0, s->x[i] - 3) + 3 * fmax(0, s->x[i] - 7) + gsl_ran_gaussian(rng, noise);
    }
    gsl_rng_free(rng);
    s->data = (crease_data){n, 1, 1, s->x, s->y, seed % 2 ? s->weight : NULL};
    fit(s, knots);
}

static crease_pwl_profile profile(const sample *s, crease_profile_options options) {
    crease_pwl_profile p;
    crease_error error;
    ck_assert_msg(crease_pwl_profile_new(s->fit.pwl, &s->data, &options, &p, &error) == CREASE_OK, "%s",
                  error.message);
    return p;
}

static bool in_set(const crease_knot_profile *knot, double x) {
    for (size_t i = 0; i < knot->set_count; i++)
        if (x >= knot->set[i].low && x <= knot->set[i].high)
            return true;
    return false;
}

START_TEST(one_knot_is_exact) {
    static sample s;
    for (uint64_t seed = 1; seed <= test_rounds(10, 60); seed++) {
        draw(&s, seed, 30 + seed % 20, .8, 1);
        crease_pwl_profile p = profile(&s, (crease_profile_options){.points = 60});
        const crease_knot_profile *knot = &p.knot[0];
        double f = gsl_cdf_fdist_Pinv(.95, 1, (double)s.data.n - 4), best;
        ck_assert(p.knot_count == 1 && p.freedom == (double)s.data.n - 4 && p.level == .95);
        ck_assert_double_eq_tol(p.sse, hinges_best_knot(&s.data, 3, &best), 1e-9 * p.sse);
        ck_assert_double_eq_tol(p.threshold, p.sse * (1 + f / p.freedom), 1e-9 * p.sse);
        ck_assert(in_set(knot, best));
        for (size_t i = 0; i < knot->count; i++) {
            ck_assert(i == 0 || knot->x[i] > knot->x[i - 1]);
            double sse = hinges_fit(&s.data, 1, &knot->x[i], NULL);
            ck_assert_msg(fabs(knot->sse[i] - sse) <= 1e-9 * sse, "seed %d at %g", (int)seed, knot->x[i]);
            ck_assert(fabs(sse - p.threshold) < 1e-9 * sse ||
                      in_set(knot, knot->x[i]) == (sse < p.threshold));
        }
        double low = knot->x[0], high = knot->x[knot->count - 1];
        for (size_t i = 0; i < knot->set_count;
             i++) { /* the ends are where the profile crosses, or the last places */
            double end[2] = {knot->set[i].low, knot->set[i].high};
            for (int side = 0; side < 2; side++) {
                bool open =
                    side == 0 ? i == 0 && knot->open_low : i + 1 == knot->set_count && knot->open_high;
                double sse = hinges_fit(&s.data, 1, &end[side], NULL);
                ck_assert_msg(open ? fabs(end[side] - (side ? high : low)) < 1e-9 &&
                                         sse <= p.threshold * (1 + 1e-9)
                                   : fabs(sse - p.threshold) <= 1e-6 * sse,
                              "seed %d: end %g, %g for %g", (int)seed, end[side], sse, p.threshold);
            }
        }
        crease_pwl_profile_clear(&p);
        crease_knots_result_clear(&s.fit);
    }
}
END_TEST

static bool is_datum(const crease_data *data, double x) {
    for (size_t i = 0; i < data->n; i++)
        if (fabs(data->x[i] - x) < 1e-12)
            return true;
    return false;
}

/* Off the data, the least over the knots of the profile at a place is what the search finds with a knot fixed there. */
START_TEST(more_knots_are_what_the_search_finds) {
    static sample s;
    size_t places = 0, matched = 0;
    for (uint64_t seed = 1; seed <= test_rounds(2, 12); seed++) {
        size_t k = 2 + seed % 2;
        draw(&s, 500 + seed, 60, .6, k);
        crease_pwl_profile p = profile(&s, (crease_profile_options){.points = 16});
        for (size_t j = 0; j < k; j++)
            for (size_t i = 0; i < p.knot[j].count; i++) {
                double x = p.knot[j].x[i], least = p.knot[j].sse[i];
                if (is_datum(&s.data, x))
                    continue;
                crease_knots_result held;
                crease_error error;
                crease_knots_options options = {
                    .knots = k, .fixed_knot = &x, .fixed_knot_count = 1, .work = 2};
                ck_assert_msg(crease_knots_fit(&s.data, &options, &held, &error) == CREASE_OK, "%s",
                              error.message);
                if (held.pwl->knot_count == k) {
                    ck_assert_msg(least >= held.lower_bound * (1 - 1e-9),
                                  "seed %d: %.10g at %g, searched %.10g", (int)seed, least, x, held.sse);
                    if (held.pwl->x[j] == x) { /* the search chose the same order */
                        places++;
                        matched += least <= held.sse * (1 + 1e-6);
                        ck_assert_msg(least <= held.sse * 1.1, "seed %d: %.10g at %g, searched %.10g",
                                      (int)seed, least, x, held.sse);
                    }
                }
                crease_knots_result_clear(&held);
            }
        crease_pwl_profile_clear(&p);
        crease_knots_result_clear(&s.fit);
    }
    ck_assert_msg(places > 20 && (double)matched > .97 * (double)places, "%d of %d", (int)matched,
                  (int)places);
}
END_TEST

START_TEST(sets_of_more_knots_end_at_the_threshold) {
    static sample s;
    draw(&s, 3, 120, .4, 2);
    crease_pwl_profile p = profile(&s, (crease_profile_options){.threads = 1});
    crease_pwl_profile again = profile(&s, (crease_profile_options){.threads = 2});
    ck_assert(p.knot_count == 2);
    for (size_t j = 0; j < 2; j++) {
        const crease_knot_profile *knot = &p.knot[j];
        ck_assert_uint_eq(knot->set_count, 1);
        ck_assert(!knot->open_low && !knot->open_high && in_set(knot, s.fit.pwl->x[j]));
        for (int side = 0; side < 2; side++) {
            double t[2], end = side ? knot->set[0].high : knot->set[0].low, least = INFINITY;
            for (int i = 0; i <= 1000; i++) { /* the other knot on a grid */
                t[j] = end;
                t[1 - j] = j == 0 ? end + .2 + (9.5 - end) * i / 1000 : .5 + (end - .7) * i / 1000;
                least = fmin(least, hinges_fit(&s.data, 2, t, NULL));
            }
            ck_assert_msg(fabs(least - p.threshold) < 1e-4 * least, "knot %d, end %g: %.9g for %.9g", (int)j,
                          end, least, p.threshold);
        }
        ck_assert(memcmp(knot->sse, again.knot[j].sse, knot->count * sizeof(double)) == 0);
        ck_assert(memcmp(knot->set, again.knot[j].set, sizeof(crease_interval)) == 0);
    }
    crease_pwl_profile_clear(&p);
    crease_pwl_profile_clear(&again);
    crease_knots_result_clear(&s.fit);
}
END_TEST

/* Up, down and up again with one knot: either kink is as good. */
START_TEST(a_set_may_be_in_parts) {
    static sample s;
    gsl_rng *rng = crease_random_new(2, 0);
    for (size_t i = 0; i < 60; i++) {
        s.x[i] = (double)i / 6;
        s.y[i] = s.x[i] - 2 * fmax(0, s.x[i] - 3.3) + 2 * fmax(0, s.x[i] - 6.6) + gsl_ran_gaussian(rng, .02);
    }
    gsl_rng_free(rng);
    s.data = (crease_data){60, 1, 1, s.x, s.y, NULL};
    fit(&s, 1);
    crease_pwl_profile p = profile(&s, (crease_profile_options){0});
    const crease_knot_profile *knot = &p.knot[0];
    ck_assert_uint_ge(knot->set_count, 2);
    for (size_t i = 0; i + 1 < knot->set_count; i++) {
        double between = .5 * (knot->set[i].high + knot->set[i + 1].low);
        ck_assert(knot->set[i].high < knot->set[i + 1].low);
        ck_assert(hinges_fit(&s.data, 1, &between, NULL) > p.threshold);
    }
    crease_pwl_profile_clear(&p);
    crease_knots_result_clear(&s.fit);
}
END_TEST

START_TEST(the_table_says_what_the_profile_says) {
    static sample s;
    crease_table *table;
    draw(&s, 4, 80, .4, 2);
    crease_pwl_profile p = profile(&s, (crease_profile_options){.points = 20});
    ck_assert_int_eq(crease_pwl_profile_table(&p, &table, NULL), CREASE_OK);
    ck_assert(table->rows == p.knot[0].count + p.knot[1].count && table->columns == 5);
    ck_assert_str_eq(table->name[4], "in_set");
    for (size_t row = 0; row < table->rows; row++) {
        size_t j = row < p.knot[0].count ? 0 : 1, i = row - j * p.knot[0].count;
        ck_assert(table->column[0][row] == (double)(j + 1) && table->column[1][row] == p.knot[j].x[i]);
        ck_assert(table->column[2][row] == p.knot[j].sse[i] && table->column[3][row] == p.threshold);
        ck_assert(table->column[4][row] == (in_set(&p.knot[j], p.knot[j].x[i]) ? 1 : 0));
    }
    crease_table_free(table);
    crease_pwl_profile_clear(&p);
    crease_knots_result_clear(&s.fit);
}
END_TEST

static bool at_once(void *context) {
    (void)context;
    return true;
}

START_TEST(edges_are_sane) {
    double x[6] = {0, 1, 2, 3, 4, 5}, y[6] = {0, 1, 2.1, 2.2, .9, .1};
    static sample s;
    crease_pwl_profile p;
    crease_table *table;
    crease_error error;
    s.data = (crease_data){6, 1, 1, x, y, NULL};
    fit(&s, 1);
    p = profile(&s, (crease_profile_options){0}); /* the knot may lie between 2 and 3 only */
    ck_assert(p.knot[0].x[0] == 2 && p.knot[0].x[p.knot[0].count - 1] == 3 && p.freedom == 2);
    ck_assert(p.knot[0].open_low && p.knot[0].open_high && p.knot[0].set_count == 1);
    crease_pwl_profile_clear(&p);
    s.data.n = 4;
    p = profile(&s, (crease_profile_options){.min_points = 2});
    ck_assert(isnan(p.threshold) && p.why && p.knot[0].set_count == 0);
    ck_assert_int_eq(crease_pwl_profile_table(&p, &table, NULL), CREASE_OK);
    ck_assert_uint_eq(table->columns, 3);
    crease_table_free(table);
    crease_pwl_profile_clear(&p);
    ck_assert_int_eq(crease_pwl_profile_new(s.fit.pwl, &s.data, NULL, &p, &error), CREASE_BAD_ARGUMENT);
    ck_assert_msg(strstr(error.message, "4 distinct x"), "%s", error.message);
    crease_knots_result_clear(&s.fit);
    draw(&s, 4, 80, .4, 2);
    p = profile(&s, (crease_profile_options){.interrupted = at_once});
    ck_assert(p.interrupted);
    crease_pwl_profile_clear(&p);
    crease_knots_result_clear(&s.fit);
    fit(&s, 0);
    p = profile(&s, (crease_profile_options){0});
    ck_assert(p.knot_count == 0);
    ck_assert_double_eq_tol(p.sse, s.fit.sse, 1e-9 * p.sse);
    crease_pwl_profile_clear(&p);
    crease_knots_result_clear(&s.fit);
}
END_TEST

/* Triangular diagram as in test_pwl_bootstrap.c. */
START_TEST(sets_hold_the_kink) {
    static sample s;
    size_t sets = test_cases(60, 2000);
    double held = 0;
    for (size_t i = 0; i < sets; i++) {
        gsl_rng *rng = crease_random_new(19, i);
        for (size_t r = 0; r < most_rows; r++) {
            s.x[r] = 150 * gsl_rng_uniform(rng);
            s.y[r] = (s.x[r] < 20 ? 100 * s.x[r] : 2000. / 130 * (150 - s.x[r])) + gsl_ran_gaussian(rng, 100);
        }
        gsl_rng_free(rng);
        s.data = (crease_data){most_rows, 1, 1, s.x, s.y, NULL};
        fit(&s, 1);
        crease_pwl_profile p = profile(&s, (crease_profile_options){.points = 2});
        held += in_set(&p.knot[0], 20);
        crease_pwl_profile_clear(&p);
        crease_knots_result_clear(&s.fit);
    }
    double n = (double)sets;
    printf("coverage of the kink by profile sets, %d data sets: %.4f\n", (int)sets, held / n);
    ck_assert_msg(fabs(held / n - .95) < .01 + 2 * sqrt(.95 * .05 / n), "%g", held / n);
}
END_TEST

Suite *test_pwl_profile(void) {
    Suite *suite = suite_create("pwl_profile");
    TCase *tests = tcase_create("pwl_profile");
    tcase_set_timeout(tests, 900);
    tcase_add_test(tests, one_knot_is_exact);
    tcase_add_test(tests, more_knots_are_what_the_search_finds);
    tcase_add_test(tests, sets_of_more_knots_end_at_the_threshold);
    tcase_add_test(tests, a_set_may_be_in_parts);
    tcase_add_test(tests, the_table_says_what_the_profile_says);
    tcase_add_test(tests, edges_are_sane);
    tcase_add_test(tests, sets_hold_the_kink);
    suite_add_tcase(suite, tests);
    return suite;
}
