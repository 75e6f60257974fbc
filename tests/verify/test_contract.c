/* Cuts of a box by an affine form: no point where the form is <= 0 may be lost, which rational arithmetic judges. */
#include "crease/random.h"
#include "support/exact_numbers.h"
#include "support/suites.h"
#include "verify/node.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 6 };

typedef struct trial {
    gsl_rng *rng;
    size_t inputs;
    double gain[MOST], lo[MOST], hi[MOST];
    crease_form form;
} trial;

static double any_number(gsl_rng *rng) {
    switch (gsl_rng_uniform_int(rng, 5)) {
    case 0:
        return (double)gsl_rng_uniform_int(rng, 5) - 2;
    case 1:
        return gsl_ran_gaussian(rng, 1) * pow(10, gsl_ran_flat(rng, -12, 12));
    default:
        return gsl_ran_gaussian(rng, 1);
    }
}

/* The offset is such that the form is about 0 somewhere in the box, or close to its ends. */
static void random_form(trial *t, double size) {
    double least = 0, most = 0;
    t->inputs = 1 + gsl_rng_uniform_int(t->rng, MOST);
    for (size_t j = 0; j < t->inputs; j++) {
        double a = any_number(t->rng), b = gsl_rng_uniform_int(t->rng, 6) ? any_number(t->rng) : a;
        if (gsl_rng_uniform_int(t->rng, 8) == 0)
            b = nextafter(a, INFINITY);
        t->lo[j] = fmin(a, b);
        t->hi[j] = fmax(a, b);
        t->gain[j] = gsl_rng_uniform_int(t->rng, 8) ? size * any_number(t->rng) : 0;
        least += fmin(t->gain[j] * t->lo[j], t->gain[j] * t->hi[j]);
        most += fmax(t->gain[j] * t->lo[j], t->gain[j] * t->hi[j]);
    }
    double share = pow(10, gsl_ran_flat(t->rng, -17, 0));
    t->form = (crease_form){t->gain, -(least + share * (most - least)), 0};
    if (gsl_rng_uniform_int(t->rng, 3) == 0)
        t->form.offset = size * any_number(t->rng);
}

/* The least of the form over the box but for input `except`. */
static void least_of_others(const trial *t, size_t except, mpq_t least) {
    mpq_t gain, x;
    mpq_inits(gain, x, NULL);
    mpq_set_d(least, t->form.offset);
    for (size_t j = 0; j < t->inputs; j++) {
        if (j == except)
            continue;
        mpq_set_d(gain, t->gain[j]);
        mpq_set_d(x, t->gain[j] >= 0 ? t->lo[j] : t->hi[j]);
        mpq_mul(gain, gain, x);
        mpq_add(least, least, gain);
    }
    mpq_clears(gain, x, NULL);
}

/* gain x <= -others says how far x goes; the ends must be there or beyond, and short of nothing that they were. */
static void check_cut(const trial *t, size_t number, size_t j, double lo, double hi) {
    ck_assert_msg(lo >= t->lo[j] && hi <= t->hi[j] && lo <= hi,
                  "trial %zu: [%.17g, %.17g] became [%.17g, %.17g]", number, t->lo[j], t->hi[j], lo, hi);
    if (lo == t->lo[j] && hi == t->hi[j])
        return;
    mpq_t limit, gain, end;
    mpq_inits(limit, gain, end, NULL);
    least_of_others(t, j, limit);
    mpq_set_d(gain, -t->gain[j]);
    mpq_div(limit, limit, gain);
    mpq_set_d(end, t->gain[j] > 0 ? t->lo[j] : t->hi[j]);
    int order = mpq_cmp(limit, end); /* beyond this end no point is left at all */
    bool empty = t->gain[j] > 0 ? order < 0 : order > 0;
    mpq_set_d(end, t->gain[j] > 0 ? hi : lo);
    order = mpq_cmp(end, limit);
    ck_assert_msg(
        empty || (t->gain[j] > 0 ? order >= 0 : order <= 0),
        "trial %zu: input %zu of gain %g on [%.17g, %.17g] was cut to [%.17g, %.17g], but %.17g is a point",
        number, j, t->gain[j], t->lo[j], t->hi[j], lo, hi, mpq_get_d(limit));
    mpq_clears(limit, gain, end, NULL);
}

static bool contract(const trial *t, size_t number) {
    double lo[MOST], hi[MOST], share = 1;
    memcpy(lo, t->lo, sizeof lo);
    memcpy(hi, t->hi, sizeof hi);
    crease_state state = {.lo = lo, .hi = hi};
    crease_steps steps = {0};
    bool changed = false, differs = false;
    double left = crease_contract(&t->form, t->inputs, &state, &steps, &changed);
    for (size_t j = 0; j < t->inputs; j++) {
        check_cut(t, number, j, lo[j], hi[j]);
        differs |= lo[j] != t->lo[j] || hi[j] != t->hi[j];
        if (t->hi[j] > t->lo[j])
            share *= (hi[j] - lo[j]) / (t->hi[j] - t->lo[j]);
    }
    ck_assert_msg(changed == differs && fabs(left - share) <= 1e-12, "trial %zu: changed %d, %g of %g left",
                  number, changed, left, share);
    return changed;
}

START_TEST(no_point_is_lost) {
    trial t = {.rng = crease_random_new(1, 40)};
    size_t cuts = 0, count = test_rounds(60000, 500000);
    for (size_t number = 0; number < count; number++) {
        random_form(&t, 1);
        cuts += contract(&t, number);
    }
    ck_assert_uint_gt(cuts, count / 8);
    gsl_rng_free(t.rng);
}
END_TEST

/* Gains and boxes at the ends of the range of doubles, and beyond. */
START_TEST(no_point_is_lost_at_any_size) {
    trial t = {.rng = crease_random_new(2, 40)};
    size_t cuts = 0, count = test_rounds(60000, 500000);
    for (size_t number = 0; number < count; number++) {
        static const double sizes[] = {1e-322, 1e-310, 1e-300, 1e-150, 1, 1e150, 1e300};
        random_form(&t, sizes[gsl_rng_uniform_int(t.rng, 7)]);
        double size = sizes[gsl_rng_uniform_int(t.rng, 7)];
        for (size_t j = 0; j < t.inputs && gsl_rng_uniform_int(t.rng, 2); j++) {
            t.lo[j] = fmax(t.lo[j] * size, -1e307);
            t.hi[j] = fmin(t.hi[j] * size, 1e307);
            if (t.hi[j] < t.lo[j])
                t.hi[j] = t.lo[j];
        }
        bool finite = isfinite(t.form.offset);
        for (size_t j = 0; j < t.inputs; j++)
            finite = finite && isfinite(t.gain[j]);
        if (finite)
            cuts += contract(&t, number);
    }
    ck_assert_uint_gt(cuts, count / 100);
    gsl_rng_free(t.rng);
}
END_TEST

/* x + y <= -1 on [-1, 1]^2 leaves x <= 0 and y <= 0, but for a share of a thousandth. */
START_TEST(a_cut_by_hand) {
    trial t = {.inputs = 2, .gain = {1, 1}, .lo = {-1, -1}, .hi = {1, 1}};
    double lo[2] = {-1, -1}, hi[2] = {1, 1};
    crease_steps steps = {.kept = true};
    crease_state state = {.lo = lo, .hi = hi};
    bool changed = false;
    double left = crease_contract(&(crease_form){t.gain, 1, 0}, 2, &state, &steps, &changed);
    ck_assert(changed && left < .26 && hi[0] >= 0 && hi[0] < 4e-3 && hi[1] >= 0 && hi[1] < 4e-3 &&
              lo[0] == -1);
    ck_assert_uint_eq(steps.count, 2);
    ck_assert(steps.step[1].kind == CREASE_STEP_CUT_HI && steps.step[1].index == 1 &&
              steps.step[1].value == hi[1]);
    free(steps.step);
}
END_TEST

/* Forms without numbers cut nothing. */
START_TEST(no_numbers_no_cuts) {
    static const double bad[] = {NAN, INFINITY, -INFINITY};
    for (size_t k = 0; k < 6; k++) {
        double gain[2] = {k < 3 ? bad[k] : 1, 1}, lo[2] = {-1, -1}, hi[2] = {1, 1};
        crease_state state = {.lo = lo, .hi = hi};
        crease_steps steps = {0};
        bool changed = false;
        double left =
            crease_contract(&(crease_form){gain, k < 3 ? 1 : bad[k - 3], 0}, 2, &state, &steps, &changed);
        ck_assert(!changed && left == 1 && lo[0] == -1 && hi[0] == 1 && lo[1] == -1 && hi[1] == 1);
    }
}
END_TEST

Suite *test_contract(void) {
    Suite *suite = suite_create("test_contract");
    TCase *all = tcase_create("cuts");
    tcase_set_timeout(all, 600);
    tcase_add_test(all, no_point_is_lost);
    tcase_add_test(all, no_point_is_lost_at_any_size);
    tcase_add_test(all, a_cut_by_hand);
    tcase_add_test(all, no_numbers_no_cuts);
    suite_add_tcase(suite, all);
    return suite;
}
