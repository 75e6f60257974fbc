/* The number of knots: its table against direct computation, how often BIC finds the truth, and the motorcycle's way. */
#include "crease/inference.h"
#include "crease/random.h"
#include "support/hinges.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { most_rows = 400 };

typedef struct sample {
    double x[most_rows], y[most_rows], weight[most_rows];
    crease_data data;
} sample;

/* k kinks at 10 j / (k + 1), slopes 1 and -1 by turns; noise of sd `noise`; x uniform. */
static void draw(sample *s, uint64_t seed, uint64_t stream, size_t n, size_t k, double noise) {
    gsl_rng *rng = crease_random_new(seed, stream);
    for (size_t i = 0; i < n; i++) {
        double x = 10 * gsl_rng_uniform(rng), y = x;
        for (size_t j = 1; j <= k; j++)
            y += (j % 2 ? -2 : 2) * fmax(0, x - 10 * (double)j / (double)(k + 1));
        s->x[i] = x;
        s->y[i] = y + gsl_ran_gaussian(rng, noise);
        s->weight[i] = gsl_ran_flat(rng, .5, 2);
    }
    gsl_rng_free(rng);
    s->data = (crease_data){n, 1, 1, s->x, s->y, NULL};
}

static crease_knot_choice choose(const crease_data *data, crease_choice_options options) {
    crease_knot_choice choice;
    crease_error error;
    ck_assert_msg(crease_knots_choose(data, &options, &choice, &error) == CREASE_OK, "%s", error.message);
    return choice;
}

START_TEST(the_table_is_that_of_its_fits) {
    static sample s;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        size_t n = 80;
        draw(&s, seed, 0, n, 2, .4);
        s.data.weight = seed % 2 ? s.weight : NULL;
        crease_knot_choice c = choose(&s.data, (crease_choice_options){.most = 4, .seed = seed});
        ck_assert(c.row_count == 5 && c.folds == 10 && !c.interrupted);
        size_t bic = 0, cv = 0;
        for (size_t k = 0; k < 5; k++) {
            const crease_knot_count_row *row = &c.row[k];
            crease_knots_result fit;
            ck_assert_int_eq(
                crease_knots_fit(&s.data, &(crease_knots_options){.knots = k, .work = 1}, &fit, NULL),
                CREASE_OK);
            ck_assert(row->knots == k && row->sse == fit.sse &&
                      (k == 0 || row->sse <= row[-1].sse * (1 + 1e-9)));
            ck_assert_double_eq_tol(row->sse, hinges_fit(&s.data, k, fit.pwl->x, NULL), 1e-8 * row->sse);
            ck_assert_double_eq_tol(row->bic, 80 * log(row->sse / 80) + (2 + 2 * (double)k) * log(80), 1e-9);
            ck_assert_double_eq_tol(row->cv_rmse * row->cv_rmse, row->cv, 1e-12);
            ck_assert(row->cv > row->sse / 80 / 2 && row->cv_se > 0 && row->cv_se < row->cv);
            bic = row->bic < c.row[bic].bic ? k : bic;
            cv = row->cv < c.row[cv].cv ? k : cv;
            crease_knots_result_clear(&fit);
        }
        ck_assert(c.by_bic == bic && c.least_cv == cv && c.by_cv <= cv);
        double most = c.row[cv].cv + c.row[cv].cv_se;
        ck_assert(c.row[c.by_cv].cv <= most);
        for (size_t k = 0; k < c.by_cv; k++)
            ck_assert(c.row[k].cv > most);
        crease_knot_choice_clear(&c);
    }
}
END_TEST

/* As many folds as rows leave each out alone: for the line a closed form, e_i / (1 - h_i). */
START_TEST(leaving_one_out_has_the_closed_form) {
    static sample s;
    enum { n = 40 };
    draw(&s, 3, 0, n, 1, .5);
    crease_knot_choice c = choose(&s.data, (crease_choice_options){.most = 1, .folds = n / 2});
    ck_assert_uint_eq(c.folds, n / 2);
    crease_knot_choice_clear(&c);
    /* two copies of each row with one's weight tiny: then half as many folds as rows are folds of one */
    double mean_x = 0, mean_y = 0, xx = 0, xy = 0, expected = 0;
    for (size_t i = 0; i < n / 2; i++) {
        mean_x += s.x[i] / (n / 2);
        mean_y += s.y[i] / (n / 2);
    }
    for (size_t i = 0; i < n / 2; i++) {
        xx += pow(s.x[i] - mean_x, 2);
        xy += (s.x[i] - mean_x) * (s.y[i] - mean_y);
    }
    for (size_t i = 0; i < n / 2; i++) {
        double d = s.x[i] - mean_x, e = s.y[i] - mean_y - xy / xx * d;
        expected += pow(e / (1 - 2. / n - d * d / xx), 2) / (n / 2);
        s.x[n - 1 - i] =
            1e3 + (double)i; /* far away, sorted last: each fold has one of these and one of those */
        s.y[n - 1 - i] = 0;
        s.weight[i] = 1;
        s.weight[n - 1 - i] = 1e-18;
    }
    s.data.weight = s.weight;
    c = choose(&s.data, (crease_choice_options){.most = 1, .folds = n / 2});
    ck_assert_double_eq_tol(c.row[0].cv, expected, 1e-3 * expected);
    crease_knot_choice_clear(&c);
}
END_TEST

/* K = 0 .. 4 kinks, 200 rows, noise .25: kinks of slope change 2 that are 2 or more apart. */
START_TEST(bic_finds_the_number) {
    static sample s;
    size_t k = (size_t)_i, sets = test_rounds(4, 100), with_cv = test_cases(2, 20),
           most = test_cases(k + 2, 7);
    size_t by_bic = 0, by_cv = 0, over = 0;
    for (size_t i = 0; i < sets; i++) {
        draw(&s, 40 + k, i, 200, k, .25);
        crease_knot_choice c =
            choose(&s.data, (crease_choice_options){.most = most, .folds = i < with_cv ? 0 : 1, .seed = i});
        by_bic += c.by_bic == k;
        over += c.by_bic > k;
        by_cv += i < with_cv && c.by_cv == k;
        crease_knot_choice_clear(&c);
    }
    printf("%d kinks: BIC right %d of %d (too many %d), cross-validation %d of %d\n", (int)k, (int)by_bic,
           (int)sets, (int)over, (int)by_cv, (int)with_cv);
    ck_assert_msg(10 * by_bic >= 9 * sets, "%d kinks: right %d of %d", (int)k, (int)by_bic, (int)sets);
    ck_assert_msg(10 * by_cv >= 7 * with_cv, "%d kinks: right %d of %d", (int)k, (int)by_cv, (int)with_cv);
}
END_TEST

START_TEST(the_digits_depend_on_the_seed_alone) {
    static sample s;
    draw(&s, 5, 0, 60, 1, .3);
    crease_knot_choice a = choose(&s.data, (crease_choice_options){.most = 3, .seed = 1, .threads = 1});
    crease_knot_choice b = choose(&s.data, (crease_choice_options){.most = 3, .seed = 1, .threads = 2});
    crease_knot_choice other = choose(&s.data, (crease_choice_options){.most = 3, .seed = 2});
    ck_assert(memcmp(a.row, b.row, 4 * sizeof *a.row) == 0);
    ck_assert(a.row[1].sse == other.row[1].sse && a.row[1].cv != other.row[1].cv);
    crease_knot_choice_clear(&a);
    crease_knot_choice_clear(&b);
    crease_knot_choice_clear(&other);
}
END_TEST

static bool at_once(void *context) {
    (void)context;
    return true;
}

START_TEST(edges_are_sane) {
    double x[12] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, y[12] = {0, 1, 2, 3, 4, 5, 6, 5, 4, 3, 2, 1};
    crease_knot_choice c = choose(&(crease_data){12, 1, 1, x, y, NULL}, (crease_choice_options){0});
    ck_assert(c.row_count == 4 && c.folds == 0 && isnan(c.row[0].cv)); /* 12 points hold 4 pieces of 3 */
    ck_assert(c.by_bic == 1 && c.by_cv == 1);                          /* exact with one knot */
    for (size_t k = 0; k < 4; k++)
        ck_assert(isfinite(c.row[k].bic));
    crease_knot_choice_clear(&c);
    c = choose(&(crease_data){2, 1, 1, x, y, NULL}, (crease_choice_options){0});
    ck_assert(c.row_count == 1 && c.by_bic == 0);
    crease_knot_choice_clear(&c);
    c = choose(&(crease_data){6, 1, 1, x, x, NULL}, (crease_choice_options){0}); /* a line */
    ck_assert(c.by_bic == 0 && isfinite(c.row[0].bic));
    crease_knot_choice_clear(&c);
    crease_knots_options stop = {.interrupted = at_once};
    c = choose(&(crease_data){12, 1, 1, x, y, NULL}, (crease_choice_options){.fit = &stop});
    ck_assert(c.interrupted && c.row_count == 0);
    crease_knot_choice_clear(&c);
    crease_error error;
    ck_assert_int_eq(crease_knots_choose(&(crease_data){6, 2, 1, x, y, NULL}, NULL, &c, &error),
                     CREASE_BAD_ARGUMENT);
    y[0] = NAN;
    ck_assert_int_eq(crease_knots_choose(&(crease_data){6, 1, 1, x, y, NULL}, NULL, &c, &error),
                     CREASE_BAD_DATA);
}
END_TEST

Suite *test_knot_count(void) {
    Suite *suite = suite_create("knot_count");
    TCase *tests = tcase_create("knot_count");
    tcase_set_timeout(tests, 900);
    tcase_add_test(tests, the_table_is_that_of_its_fits);
    tcase_add_test(tests, leaving_one_out_has_the_closed_form);
    tcase_add_loop_test(tests, bic_finds_the_number, 0, 5);
    tcase_add_test(tests, the_digits_depend_on_the_seed_alone);
    tcase_add_test(tests, edges_are_sane);
    suite_add_tcase(suite, tests);
    return suite;
}
