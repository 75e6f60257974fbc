/* The study of many fits on known truths, and the verdicts on claims. */
#include "crease/random.h"
#include "support/suites.h"
#include "traffic/net/net.h"
#include <gsl/gsl_multifit.h>
#include <gsl/gsl_multimin.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static traffic_diagram truth_of(const char *text) {
    traffic_diagram d;
    crease_error error;
    ck_assert_msg(traffic_net_truth_parse(text, &d, &error) == CREASE_OK, "%s", error.message);
    return d;
}

/* ---- the study ---- */

typedef struct least_squares {
    size_t n, kinks;
    const double *x, *y;
    double zero; /* of the last piece, out */
} least_squares;

/* Sum of squares of y - (b0 x + sum b_i relu(x - k_i)) with the best b, by GSL's QR of the rows. */
static double kinked_loss(const gsl_vector *kink, void *context) {
    least_squares *p = context;
    const size_t n = p->n, m = p->kinks + 1;
    gsl_matrix *X = gsl_matrix_alloc(n, m), *cov = gsl_matrix_alloc(m, m);
    gsl_vector *b = gsl_vector_alloc(m);
    gsl_multifit_linear_workspace *work = gsl_multifit_linear_alloc(n, m);
    const gsl_vector_const_view y = gsl_vector_const_view_array(p->y, n);
    double chi = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++)
            gsl_matrix_set(X, i, j, j == 0 ? p->x[i] : fmax(p->x[i] - gsl_vector_get(kink, j - 1), 0));
    gsl_multifit_linear(X, &y.vector, b, cov, &chi, work);
    double slope = gsl_vector_get(b, 0), offset = 0;
    for (size_t j = 1; j < m; j++) {
        slope += gsl_vector_get(b, j);
        offset -= gsl_vector_get(b, j) * gsl_vector_get(kink, j - 1);
    }
    p->zero = -offset / slope;
    gsl_multifit_linear_free(work);
    gsl_vector_free(b);
    gsl_matrix_free(X);
    gsl_matrix_free(cov);
    return chi;
}

static double jam_by_simplex(size_t kinks, size_t n, const double *x, const double *y, double *loss) {
    least_squares p = {n, kinks, x, y, 0};
    gsl_multimin_function f = {kinked_loss, kinks, &p};
    gsl_vector *at = gsl_vector_alloc(kinks), *step = gsl_vector_alloc(kinks);
    gsl_multimin_fminimizer *s = gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, kinks);
    for (size_t j = 0; j < kinks; j++)
        gsl_vector_set(at, j, x[n - 1] * (double)(j + 1) / (double)(kinks + 1));
    for (int round = 0; round < 4; round++) {
        gsl_vector_set_all(step, round == 0 ? 5 : .5);
        gsl_multimin_fminimizer_set(s, &f, at, step);
        for (int i = 0; i < 400 && gsl_multimin_fminimizer_iterate(s) == 0; i++)
            if (gsl_multimin_fminimizer_size(s) < 1e-6)
                break;
        gsl_vector_memcpy(at, s->x);
    }
    *loss = kinked_loss(at, &p);
    gsl_multimin_fminimizer_free(s);
    gsl_vector_free(at);
    gsl_vector_free(step);
    return p.zero;
}

static traffic_net_study *study_of(const char *truth, const char *const *models, size_t count,
                                   traffic_net_study_options options) {
    traffic_net_study *s;
    crease_error error;
    const traffic_diagram d = truth_of(truth);
    ck_assert_msg(traffic_net_study_run(&d, models, count, &options, &s, &error) == CREASE_OK, "%s",
                  error.message);
    return s;
}

/* traffic.md, section 1: noise-free Greenshields, data to .85 rho_j, and beyond the jam. */
START_TEST(jam_bias_of_section_1) {
    enum { N = 80 };
    static const char *const models[] = {"physical:2", "physical:3", "physical:4", "physical:6"};
    static const double printed[2][4] = {{30, 20, 15, 11}, {4.6, 2.2, 1.2, .5}};
    static const size_t kinks[] = {2, 3, 4, 6};
    const double reach[] = {.85, 1.02};
    const size_t count = test_cases(2, 4), reaches = test_cases(1, 2);
    traffic_net_study *s = study_of(
        "greenshields:100,150", models, count,
        (traffic_net_study_options){
            .points = N, .runs = 1, .reach_count = reaches, .reach = reach, .fit = {.starts = 1, .seed = 1}});
    double x[N], y[N];
    for (size_t i = 0; i < N; i++) {
        x[i] = .85 * 150 * ((double)i + .5) / N;
        y[i] = 100 * x[i] * (1 - x[i] / 150);
    }
    for (size_t m = 0; m < count; m++) {
        ck_assert_double_eq_tol(s->cell[m].jam_bias, printed[0][m], 1.5);
        if (reaches > 1)
            ck_assert_double_eq_tol(s->cell[count + m].jam_bias, printed[1][m], .8);
        /* two minima of one loss lie beside each other where a kink falls between two rows */
        double loss;
        const double jam = jam_by_simplex(kinks[m], N, x, y, &loss);
        ck_assert_double_eq_tol(s->cell[m].jam_bias, jam - 150, m == 1 ? 1e-3 : 2);
        ck_assert_double_le(s->cell[m].exact_rmse, sqrt(loss / N) * (1 + 1e-9));
        ck_assert_double_ge(s->cell[m].exact_rmse, sqrt(loss / N) * .98);
    }
    traffic_net_study_free(s);
    s = study_of("greenshields:100,150", models, 1,
                 (traffic_net_study_options){.points = N,
                                             .runs = 1,
                                             .reach_count = 1,
                                             .reach = reach,
                                             .jam_density = 150,
                                             .fit = {.starts = 1, .seed = 1}});
    ck_assert_double_eq_tol(s->cell[0].jam_bias, 0, 1e-9);
    ck_assert_double_eq_tol(s->cell[0].run[0].jam_error, 0, 1e-9);
    traffic_net_study_free(s);
}
END_TEST

START_TEST(simulated_rows) {
    enum { N = 20000 };
    static double x[N], y[N], x2[N], y2[N];
    const traffic_diagram d = truth_of("triangular");
    for (int of_capacity = 0; of_capacity < 2; of_capacity++) {
        const traffic_net_study_options o = {
            .points = N, .noise = .04, .noise_of_capacity = of_capacity, .fit.seed = 3};
        double largest = 0, square = 0;
        size_t n = 0;
        ck_assert_int_eq(traffic_net_simulate(&d, &o, 2, 1.2, x, y, NULL), CREASE_OK);
        ck_assert_int_eq(traffic_net_simulate(&d, &o, 2, .6, x2, y2, NULL), CREASE_OK);
        for (size_t i = 0; i < N; i++) {
            const double q = traffic_diagram_flow(&d, x[i]), size = of_capacity ? 2000 : q;
            largest = fmax(largest, x[i]);
            ck_assert_double_eq_tol(x2[i], x[i] / 2, 1e-12);
            if (size > 0) {
                square += pow((y[i] - q) / size, 2);
                n++;
            } else {
                ck_assert_double_eq(y[i], 0);
            }
        }
        ck_assert(largest > 179.9 && largest < 180);
        ck_assert_double_eq_tol(sqrt(square / (double)n), .04, .0008);
        ck_assert_int_eq(traffic_net_simulate(&d, &o, 3, .6, x, y, NULL), CREASE_OK);
        ck_assert_double_ne(x[0], x2[0]);
    }
}
END_TEST

static bool stop_at_once(void *count) {
    return ++*(size_t *)count > 3;
}

START_TEST(same_digits_for_any_threads) {
    static const char *const models[] = {"physical:1", "relu:2", "tanh:2"};
    const double reach[] = {1.2, .8};
    traffic_net_study *s[2];
    traffic_net_study_options o = {.points = 40,
                                   .runs = 3,
                                   .noise = .04,
                                   .reach_count = 2,
                                   .reach = reach,
                                   .fit = {.starts = 1, .seed = 5}};
    for (size_t i = 0; i < 2; i++) {
        o.fit.threads = i + 1;
        s[i] = study_of("triangular", models, 3, o);
        ck_assert_uint_eq(s[i]->runs, 3);
    }
    for (size_t c = 0; c < 6; c++) {
        for (size_t r = 0; r < 3; r++) {
            ck_assert_double_eq(s[0]->cell[c].run[r].truth_rmse, s[1]->cell[c].run[r].truth_rmse);
            ck_assert_double_eq(s[0]->cell[c].run[r].lowest_beyond, s[1]->cell[c].run[r].lowest_beyond);
        }
        ck_assert_int_eq(isnan(s[0]->cell[c].jam_bias), c % 3 != 0);
    }
    ck_assert_int_eq(s[0]->kind[0], TRAFFIC_NET_PHYSICAL);
    ck_assert_int_eq(s[0]->kind[1], TRAFFIC_NET_RELU);
    ck_assert_int_eq(s[0]->kind[2], TRAFFIC_NET_SMOOTH);
    double median, least, largest, all[3];
    ck_assert_uint_eq(
        traffic_net_summary(s[0], 1, 2, offsetof(traffic_net_audit, truth_rmse), &median, &least, &largest),
        3);
    for (size_t r = 0; r < 3; r++)
        all[r] = s[0]->cell[5].run[r].truth_rmse;
    ck_assert_double_eq(least, fmin(fmin(all[0], all[1]), all[2]));
    ck_assert_double_eq(largest, fmax(fmax(all[0], all[1]), all[2]));
    ck_assert_double_eq_tol(median, all[0] + all[1] + all[2] - least - largest, 1e-9);
    traffic_net_study_free(s[0]);
    traffic_net_study_free(s[1]);
    /* interrupted: what is whole is kept, and every claim is left open when nothing is */
    size_t asked = 0;
    o.fit.threads = 1;
    o.fit.interrupted = stop_at_once;
    o.fit.interrupted_context = &asked;
    traffic_net_study *stopped = study_of("triangular", models, 3, o);
    traffic_net_claim claim[TRAFFIC_NET_CLAIMS];
    ck_assert(stopped->interrupted && stopped->runs == 0);
    traffic_net_judge(stopped, claim);
    for (size_t i = 0; i < TRAFFIC_NET_CLAIMS; i++)
        ck_assert_int_eq(claim[i].verdict, TRAFFIC_NET_UNTESTED);
    traffic_net_study_free(stopped);
}
END_TEST

START_TEST(studies_that_are_refused) {
    static const char *const models[] = {"physical:1", "nonsense"};
    const traffic_diagram good = truth_of("triangular"), endless = {.family = TRAFFIC_UNDERWOOD,
                                                                    .free_speed = 100,
                                                                    .jam_density = INFINITY,
                                                                    .scale = 40};
    const double reach[] = {1}, wrong[] = {0}, nan[] = {NAN};
    const traffic_net_study_options o = {
        .points = 10, .runs = 1, .reach_count = 1, .reach = reach, .fit.starts = 1};
    traffic_net_study_options bad[6];
    for (size_t i = 0; i < 6; i++)
        bad[i] = o;
    bad[0].points = 1;
    bad[1].runs = 0;
    bad[2].reach = wrong;
    bad[3].reach = nan;
    bad[4].noise = -1;
    bad[5].reach_count = 0;
    traffic_net_study *s;
    for (size_t i = 0; i < 6; i++) {
        ck_assert_int_eq(traffic_net_study_run(&good, models, 1, &bad[i], &s, NULL), CREASE_BAD_ARGUMENT);
        ck_assert_ptr_null(s);
    }
    ck_assert_int_eq(traffic_net_study_run(&good, models, 2, &o, &s, NULL), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(traffic_net_study_run(&good, models, 0, &o, &s, NULL), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(traffic_net_study_run(&endless, models, 1, &o, &s, NULL), CREASE_BAD_ARGUMENT);
}
END_TEST

/* traffic.md, section 5, within what its seeds allow: the medians lie apart by far more than that. */
START_TEST(section_5) {
    static const struct {
        const char *truth, *model;
        double rmse, within;
    } known[] = {{"triangular", "physical:1", 6.4, .5}, {"triangular", "relu:3", 7.0, .5},
                 {"triangular", "tanh:12", 18.8, .5},   {"greenshields", "tanh:4", 24.1, .35},
                 {"greenshields", "relu:6", 46.6, .35}, {"greenshields", "physical:6", 30.8, .35}};
    const double reach[] = {4. / 3};
    const bool thorough = test_cases(0, 1) > 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (!thorough && strchr("126", known[i].model[strlen(known[i].model) - 1]) &&
            strcmp(known[i].model, "physical:1") != 0)
            continue; /* a second and more each */
        traffic_net_study *s =
            study_of(known[i].truth, &known[i].model, 1,
                     (traffic_net_study_options){.points = 400,
                                                 .runs = thorough ? 5 : 3,
                                                 .noise = .04,
                                                 .reach_count = 1,
                                                 .reach = reach,
                                                 .fit = {.starts = thorough ? 4 : 1, .seed = 1}});
        double median, least, largest;
        traffic_net_summary(s, 0, 0, offsetof(traffic_net_audit, truth_rmse), &median, &least, &largest);
        ck_assert_msg(fabs(log(median / known[i].rmse)) < known[i].within, "%s on %s: %g, printed %g",
                      known[i].model, known[i].truth, median, known[i].rmse);
        for (size_t r = 0; r < s->runs; r++) {
            const traffic_net_audit *a = &s->cell[0].run[r];
            if (s->kind[0] == TRAFFIC_NET_SMOOTH)
                ck_assert_double_lt(a->lowest_beyond, -1);
            if (s->kind[0] == TRAFFIC_NET_PHYSICAL)
                ck_assert_uint_eq(traffic_net_faults(a), 0);
        }
        traffic_net_study_free(s);
    }
}
END_TEST

/* ---- verdicts ---- */

enum { RUNS = 5, PHYSICAL = 0, RELU = 1, SMOOTH = 2 };

/* A study with numbers as on a triangular truth, made by hand. */
typedef struct made_study {
    traffic_net_study s;
    traffic_net_cell cell[6];
    traffic_net_audit run[6][RUNS];
} made_study;

static void make(made_study *m) {
    static char *model[] = {"physical:1", "relu:3", "tanh:4"};
    static size_t n_free[] = {3, 7, 13};
    static traffic_net_kind kind[] = {TRAFFIC_NET_PHYSICAL, TRAFFIC_NET_RELU, TRAFFIC_NET_SMOOTH};
    static double reach[] = {1.2, .85};
    static const double rmse[] = {6, 7, 19}, wave[] = {.1, .5, 6};
    memset(m, 0, sizeof *m);
    m->s = (traffic_net_study){.runs = RUNS,
                               .reach_count = 2,
                               .model_count = 3,
                               .reach = reach,
                               .model = model,
                               .n_free = n_free,
                               .kind = kind,
                               .cell = m->cell,
                               .form_difference = 1e-16,
                               .form_bend = 1,
                               .truth_audit = {.capacity = 2000, .jam_density = 150, .free_speed = 100}};
    for (size_t c = 0; c < 6; c++) {
        m->cell[c].run = m->run[c];
        m->cell[c].jam_bias = m->cell[c].exact_rmse = c % 3 == PHYSICAL ? 0 : NAN;
        for (size_t r = 0; r < RUNS; r++) {
            const double jitter = 1 + .02 * (double)r * (c % 3 == RELU ? 1 : -1);
            m->run[c][r] = (traffic_net_audit){.curve = {.capacity = 2000,
                                                         .free_speed = 100,
                                                         .jam_density = 150,
                                                         .flow_at_zero = c % 3 == SMOOTH ? 40 : 0},
                                               .zero_at = 150,
                                               .lowest_flow = c % 3 == SMOOTH || c == 4 ? -20 : 0,
                                               .lowest_beyond = c % 3 == SMOOTH || c == 4 ? -20 : 0,
                                               .slope_rise = c % 3 == SMOOTH ? 5 : 0,
                                               .truth_rmse = rmse[c % 3] * jitter,
                                               .wave_mean = wave[c % 3] * jitter};
        }
    }
}

static traffic_net_verdict verdict_of(const made_study *m, const char *name) {
    traffic_net_claim claim[TRAFFIC_NET_CLAIMS];
    traffic_net_judge(&m->s, claim);
    for (size_t i = 0; i < TRAFFIC_NET_CLAIMS; i++) {
        ck_assert_uint_gt(strlen(claim[i].measured), 10);
        if (strcmp(claim[i].name, name) == 0)
            return claim[i].verdict;
    }
    ck_abort_msg("no claim %s", name);
}

static void swap_kinds(made_study *m, size_t a, size_t b) {
    for (size_t r = 0; r < RUNS; r++) {
        const traffic_net_audit kept = m->run[a][r];
        m->run[a][r].truth_rmse = m->run[b][r].truth_rmse;
        m->run[a][r].wave_mean = m->run[b][r].wave_mean;
        m->run[b][r].truth_rmse = kept.truth_rmse;
        m->run[b][r].wave_mean = kept.wave_mean;
    }
}

START_TEST(verdicts_flip_when_the_claim_is_falsified) {
    made_study *m = malloc(sizeof *m);
    ck_assert_ptr_nonnull(m);
#define STANDS(name, is) ck_assert_int_eq(verdict_of(m, name), TRAFFIC_NET_##is)
    make(m);
    STANDS("guarantee-form", CONFIRMED);
    STANDS("guarantee-activation", REFUTED);
    STANDS("smooth-negative", CONFIRMED);
    STANDS("reaches-zero", CONFIRMED);
    STANDS("relu-flow", CONFIRMED);
    STANDS("relu-wave", CONFIRMED);
    STANDS("smooth-wave", REFUTED);
    STANDS("physical-flow", CONFIRMED);
    STANDS("jam", CONFIRMED);
    STANDS("exact", CONFIRMED);
    STANDS("same-function", CONFIRMED);
    STANDS("product-linear", REFUTED);

    m->run[PHYSICAL][2].lowest_flow = -5;
    STANDS("guarantee-form", REFUTED);
    make(m);
    m->run[3 + PHYSICAL][0].slope_rise = 1;
    STANDS("guarantee-form", REFUTED);
    make(m);
    m->run[PHYSICAL][4].curve.flow_at_zero = 3;
    STANDS("guarantee-form", REFUTED);
    make(m);
    for (size_t r = 0; r < RUNS; r++)
        m->run[4][r].lowest_flow = m->run[4][r].lowest_beyond = 0;
    STANDS("guarantee-activation", CONFIRMED);
    make(m);
    m->run[SMOOTH][0].lowest_beyond = 0;
    STANDS("smooth-negative", LIMITS);
    for (size_t r = 0; r < RUNS; r++)
        m->run[SMOOTH][r].lowest_beyond = 0;
    STANDS("smooth-negative", REFUTED);
    make(m);
    m->run[3 + SMOOTH][1].zero_at = NAN;
    STANDS("reaches-zero", REFUTED);
    make(m);
    swap_kinds(m, RELU, SMOOTH);
    STANDS("relu-flow", REFUTED);
    STANDS("relu-wave", REFUTED);
    make(m);
    swap_kinds(m, PHYSICAL, SMOOTH);
    STANDS("smooth-wave", CONFIRMED);
    STANDS("physical-flow", REFUTED);
    make(m); /* a difference within the noise of the runs */
    for (size_t r = 0; r < RUNS; r++)
        m->run[RELU][r].truth_rmse = 19 * (r % 2 ? 1.5 : .6);
    STANDS("relu-flow", LIMITS);
    make(m);
    m->cell[3 + PHYSICAL].jam_bias = 11;
    STANDS("jam", LIMITS);
    m->cell[PHYSICAL].jam_bias = 4;
    STANDS("jam", REFUTED);
    make(m);
    m->cell[PHYSICAL].exact_rmse = 10;
    STANDS("exact", REFUTED);
    make(m);
    m->s.form_difference = 1e-3;
    STANDS("same-function", REFUTED);
    m->s.form_bend = 0;
    STANDS("product-linear", CONFIRMED);
    make(m);
    m->s.model_count = 0;
    STANDS("guarantee-form", UNTESTED);
    STANDS("relu-flow", UNTESTED);
    STANDS("jam", UNTESTED);
    STANDS("reaches-zero", UNTESTED);
#undef STANDS
    free(m);
}
END_TEST

Suite *test_traffic_net_study(void) {
    Suite *suite = suite_create("traffic net study");
    TCase *studies = tcase_create("study"), *claims = tcase_create("claims");
    tcase_add_test(studies, jam_bias_of_section_1);
    tcase_add_test(studies, simulated_rows);
    tcase_add_test(studies, same_digits_for_any_threads);
    tcase_add_test(studies, studies_that_are_refused);
    tcase_add_test(studies, section_5);
    tcase_add_test(claims, verdicts_flip_when_the_claim_is_falsified);
    tcase_set_timeout(studies, 900);
    suite_add_tcase(suite, studies);
    suite_add_tcase(suite, claims);
    return suite;
}
