/* Proposals: the kind of network on functions whose kind is known, with and without noise; rivals counted again;
 * data for which nothing can be proposed. */
#include "crease/compare.h"
#include "crease/csv.h"
#include "crease/random.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 400, QUICK_CASES = 9, EXP = 4 };

typedef double truth(double x);

static double consumption(double m) {
    return fmin(m, .04 * m + .9398 * sqrt(m + .0435));
}
static double value_function(double a) {
    return -1 / (1 + (a < 0 ? 1.3 : 1.03) * a);
}
static double curved_clip(double x) {
    return fmin(fmax(4 * x, -1), 1) + .3 * sin(2 * x);
}
static double clip(double x) {
    return fmin(fmax(4 * x, -1), 1);
}
static double triangular(double density) {
    return fmin(100 * density, 2000. / 130 * (150 - density));
}
static double decaying_sine(double x) {
    return sin(2 * M_PI * x) * exp(-x);
}
static double jump_of_curvature(double x) {
    return x < 1 ? x * x : 2 * x - 1;
}
static double line(double x) {
    return 3 - 2 * x;
}
static double constant(double x) {
    (void)x;
    return 4;
}

static const struct {
    const char *name;
    truth *f;
    double lower, upper;
    size_t n;
    double noise; /* over the spread of y */
    crease_proposal_kind kind;
    const char *spec; /* NULL: any size */
} cases[] = {
    {"consumption", consumption, 0, 5, 200, 0, CREASE_PROPOSE_HYBRID, NULL},
    {"clip, noisy", clip, -1, 1, 200, .05, CREASE_PROPOSE_RELU, "affine+relu:2"},
    {"triangular, noisy", triangular, 0, 150, 150, .1, CREASE_PROPOSE_RELU, "affine+relu:1"},
    {"sine, noisy", decaying_sine, 0, 2, 120, .02, CREASE_PROPOSE_SMOOTH, NULL},
    {"exp", exp, 0, 2, 120, 0, CREASE_PROPOSE_SMOOTH, NULL},
    {"value function", value_function, -.4, 2, 300, 0, CREASE_PROPOSE_HYBRID, NULL},
    {"jump of curvature", jump_of_curvature, 0, 2, 120, 0, CREASE_PROPOSE_SMOOTH, NULL},
    {"line, noisy", line, 0, 1, 100, .1, CREASE_PROPOSE_LINE, "affine"},
    {"constant", constant, 0, 1, 50, 0, CREASE_PROPOSE_LINE, "affine"},
    /* in check-long */
    {"curved clip, noisy", curved_clip, -1, 1, 200, .01, CREASE_PROPOSE_HYBRID, "affine+tanh:1+relu:2"},
    {"clip", clip, -1, 1, 150, 0, CREASE_PROPOSE_RELU, "affine+relu:2"},
    {"sine", decaying_sine, 0, 2, 120, 0, CREASE_PROPOSE_SMOOTH, NULL},
    {"exp, noisy", exp, 0, 2, 120, .01, CREASE_PROPOSE_SMOOTH, "tanh:1"},
    {"line", line, 0, 1, 100, 0, CREASE_PROPOSE_LINE, "affine"},
};

typedef struct sample {
    double x[MOST_ROWS], y[MOST_ROWS];
    crease_data data;
} sample;

static void draw(sample *s, int k, uint64_t seed) {
    gsl_rng *rng = crease_random_new(seed, 0);
    double mean = 0, square = 0;
    size_t n = cases[k].n;
    for (size_t i = 0; i < n; i++) {
        s->x[i] = gsl_ran_flat(rng, cases[k].lower, cases[k].upper);
        s->y[i] = cases[k].f(s->x[i]);
        mean += s->y[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++)
        square += (s->y[i] - mean) * (s->y[i] - mean) / (double)n;
    for (size_t i = 0; i < n; i++)
        s->y[i] += gsl_ran_gaussian(rng, 1) * cases[k].noise * sqrt(square);
    s->data = (crease_data){n, 1, 1, s->x, s->y, NULL};
    gsl_rng_free(rng);
}

static crease_proposal propose(const crease_data *data, crease_fit_options options) {
    crease_proposal proposal;
    crease_error error = {0};
    ck_assert_msg(crease_compare_propose(data, &options, &proposal, &error) == CREASE_OK, "%s",
                  error.message);
    ck_assert(strlen(proposal.why) > 40 && strlen(proposal.why) + 1 < sizeof proposal.why);
    ck_assert(proposal.why[strlen(proposal.why) - 1] == '.');
    return proposal;
}

static size_t free_count(const char *spec) {
    crease_net *net;
    ck_assert_msg(crease_net_parse(spec, 1, 1, &net, NULL) == CREASE_OK, "%s", spec);
    size_t count = crease_net_free_count(net);
    crease_net_free(net);
    return count;
}

/* The proposal, then its pure rivals, with as many free parameters or one more (but at least 4). */
static void check_rivals(const crease_proposal *p) {
    size_t own = free_count(p->spec[0]), wanted = own < 4 ? 4 : own;
    ck_assert_uint_eq(p->spec_count,
                      p->kind == CREASE_PROPOSE_RELU || p->kind == CREASE_PROPOSE_SMOOTH ? 2 : 3);
    for (size_t i = 1; i < p->spec_count; i++) {
        ck_assert_msg(free_count(p->spec[i]) >= wanted && free_count(p->spec[i]) <= wanted + 1, "%s and %s",
                      p->spec[0], p->spec[i]);
        bool relu = strstr(p->spec[i], "relu") != NULL, tanh_units = strstr(p->spec[i], "tanh") != NULL;
        ck_assert(relu != tanh_units);
    }
}

START_TEST(the_kind_is_the_kind_of_the_function) {
    if (test_leaves_out((size_t)_i + 1)) /* one of each kind stays */
        return;
    for (uint64_t seed = 1; seed <= test_rounds(1, 10); seed++) {
        sample s;
        draw(&s, _i, seed);
        crease_proposal p = propose(&s.data, (crease_fit_options){.seed = seed});
        ck_assert_msg(p.kind == cases[_i].kind, "%s, seed %llu: %s", cases[_i].name, (unsigned long long)seed,
                      p.why);
        ck_assert_msg(!cases[_i].spec || seed > 1 || strcmp(p.spec[0], cases[_i].spec) == 0, "%s: %s",
                      cases[_i].name, p.spec[0]);
        check_rivals(&p);
        ck_assert(p.kind == CREASE_PROPOSE_LINE || strncmp(p.why, p.spec[0], strlen(p.spec[0])) == 0);
    }
}
END_TEST

START_TEST(the_triangular_reference_data_ask_for_straight_pieces) {
    if (test_is_left_to_plain())
        return;
    crease_table *table;
    crease_data data;
    double *storage;
    const size_t x = 0;
    ck_assert_int_eq(crease_csv_load("tests/data/c_tri_n_train.csv", NULL, &table, NULL), CREASE_OK);
    ck_assert_int_eq(crease_data_from_table(table, &x, 1, 1, SIZE_MAX, &data, &storage, NULL), CREASE_OK);
    crease_proposal p = propose(&data, (crease_fit_options){0});
    ck_assert_str_eq(p.spec[0], "affine+relu:1");
    free(storage);
    crease_table_free(table);
}
END_TEST

/* Units, the order of rows, rows of weight 0 and the number of threads change nothing. */
START_TEST(a_proposal_does_not_depend_on_units_or_order) {
    sample s, turned;
    draw(&s, EXP, 3);
    double weight[MOST_ROWS];
    crease_proposal p = propose(&s.data, (crease_fit_options){.threads = 1});
    crease_proposal threaded = propose(&s.data, (crease_fit_options){.threads = 3});
    ck_assert_str_eq(p.why, threaded.why);
    size_t n = s.data.n;
    for (size_t i = 0; i < n; i++) {
        turned.x[n - 1 - i] = 1e150 * s.x[i];
        turned.y[n - 1 - i] = 1e-150 * s.y[i];
        weight[n - 1 - i] = 2;
    }
    turned.x[n] = 5e150;
    turned.y[n] = 1e-100;
    weight[n] = 0;
    turned.data = (crease_data){n + 1, 1, 1, turned.x, turned.y, weight};
    crease_proposal q = propose(&turned.data, (crease_fit_options){0});
    ck_assert_str_eq(p.spec[0], q.spec[0]);
}
END_TEST

START_TEST(with_several_inputs_the_default_networks_are_compared) {
    const double x[] = {0, 0, 1, 0, 0, 1, 1, 1}, y[] = {0, 1, 1, 2};
    const crease_data data = {4, 2, 1, x, y, NULL};
    char text[3][32];
    crease_proposal p = propose(&data, (crease_fit_options){0});
    crease_compare_default_specs(2, text);
    ck_assert(p.kind == CREASE_PROPOSE_NOTHING && p.spec_count == 3 && strstr(p.why, "2 inputs"));
    for (size_t i = 0; i < 3; i++)
        ck_assert_str_eq(p.spec[i], text[i]);
}
END_TEST

START_TEST(poor_data_get_a_line_and_bad_data_an_error) {
    double x[] = {1, 2, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1}, y[] = {1, 5, 2, 7, 1, 2, 3, 4, 5, 6, 7, 8};
    for (size_t n = 1; n <= 3; n++) {
        const crease_data data = {n, 1, 1, x, y, NULL};
        ck_assert_int_eq(propose(&data, (crease_fit_options){0}).kind, CREASE_PROPOSE_LINE);
    }
    const crease_data one_place = {9, 1, 1, x + 3, y + 3, NULL};
    ck_assert_int_eq(propose(&one_place, (crease_fit_options){0}).kind, CREASE_PROPOSE_LINE);
    crease_proposal p;
    crease_error error;
    y[1] = NAN;
    const crease_data bad = {3, 1, 1, x, y, NULL};
    ck_assert_int_eq(crease_compare_propose(&bad, NULL, &p, &error), CREASE_BAD_DATA);
}
END_TEST

static bool at_once(void *context) {
    (void)context;
    return true;
}
static void count(size_t done, size_t total, void *context) {
    ck_assert(done <= total);
    *(size_t *)context = done;
}

START_TEST(an_interruption_proposes_the_best_so_far) {
    sample s;
    size_t done = 0;
    draw(&s, EXP, 1);
    crease_proposal p = propose(&s.data, (crease_fit_options){.interrupted = at_once});
    ck_assert_str_eq(p.spec[0], "affine");
    propose(&s.data, (crease_fit_options){.progress = count, .progress_context = &done});
    ck_assert_uint_ge(done, 6);
}
END_TEST

START_TEST(kinds_have_names) {
    ck_assert_str_eq(crease_proposal_kind_name(CREASE_PROPOSE_NOTHING), "nothing");
    ck_assert_str_eq(crease_proposal_kind_name(CREASE_PROPOSE_HYBRID), "hybrid");
    ck_assert_str_eq(crease_proposal_kind_name((crease_proposal_kind)77), "?");
}
END_TEST

Suite *test_propose(void) {
    Suite *suite = suite_create("propose");
    TCase *kinds = tcase_create("kinds"), *data = tcase_create("data");
    tcase_set_timeout(kinds, 600);
    tcase_set_timeout(data, 600);
    tcase_add_loop_test(kinds, the_kind_is_the_kind_of_the_function, 0,
                        (int)test_cases(QUICK_CASES, sizeof cases / sizeof *cases));
    tcase_add_test(kinds, the_triangular_reference_data_ask_for_straight_pieces);
    tcase_add_test(data, a_proposal_does_not_depend_on_units_or_order);
    tcase_add_test(data, with_several_inputs_the_default_networks_are_compared);
    tcase_add_test(data, poor_data_get_a_line_and_bad_data_an_error);
    tcase_add_test(data, an_interruption_proposes_the_best_so_far);
    tcase_add_test(data, kinds_have_names);
    suite_add_tcase(suite, kinds);
    suite_add_tcase(suite, data);
    return suite;
}
