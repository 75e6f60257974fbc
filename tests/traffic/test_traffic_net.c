/* The physics audit of flow curves, the study on known truths, and the verdicts on claims. */
#include "crease/random.h"
#include "support/suites.h"
#include "traffic/net/net.h"
#include <gsl/gsl_multifit.h>
#include <gsl/gsl_multimin.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static traffic_diagram truth_of(const char *text) {
    traffic_diagram d;
    crease_error error;
    ck_assert_msg(traffic_net_truth_parse(text, &d, &error) == CREASE_OK, "%s", error.message);
    return d;
}

static traffic_net_audit audit_of(const traffic_net_curve *curve, double least, double largest,
                                  const traffic_diagram *truth) {
    traffic_net_audit a;
    crease_error error;
    ck_assert_msg(traffic_net_audit_curve(curve, least, largest, truth, NAN, &a, &error) == CREASE_OK, "%s",
                  error.message);
    return a;
}

static traffic_net_audit audit_net(const crease_net *net, double least, double largest,
                                   const traffic_diagram *truth) {
    traffic_net_curve curve;
    ck_assert_int_eq(traffic_net_curve_of_net(net, &curve, NULL), CREASE_OK);
    const traffic_net_audit a = audit_of(&curve, least, largest, truth);
    traffic_net_curve_clear(&curve);
    return a;
}

static traffic_net_audit audit_diagram(const traffic_diagram *diagram, double largest,
                                       const traffic_diagram *truth) {
    traffic_net_curve curve;
    ck_assert_int_eq(traffic_net_curve_of_diagram(diagram, &curve, NULL), CREASE_OK);
    const traffic_net_audit a = audit_of(&curve, 0, largest, truth);
    traffic_net_curve_clear(&curve);
    return a;
}

static crease_net *net_of(size_t n, const double *x, const double *y, double left, double right) {
    crease_pwl *pwl;
    crease_net *net;
    ck_assert_int_eq(crease_pwl_new(&pwl, n, NULL), CREASE_OK);
    memcpy(pwl->x, x, n * sizeof *x);
    memcpy(pwl->y, y, n * sizeof *y);
    pwl->slope_left = left;
    pwl->slope_right = right;
    ck_assert_int_eq(crease_pwl_to_net(pwl, &net, NULL), CREASE_OK);
    crease_pwl_free(pwl);
    return net;
}

/* ---- the audit ---- */

/* 30 at 0; slopes 98.5, -30, -5, -40 to zero at 130, -10 to -100 at 140, then 2 up. */
START_TEST(hand_made_network) {
    const double x[] = {20, 60, 90, 130, 140}, y[] = {2000, 800, 650, 0, -100};
    crease_net *net = net_of(5, x, y, 98.5, 2);
    traffic_net_audit a = audit_net(net, 2, 120, NULL);
    ck_assert_double_eq_tol(a.curve.flow_at_zero, 30, 1e-9);
    ck_assert_double_eq_tol(a.curve.capacity, 2000, 1e-9);
    ck_assert_double_eq_tol(a.zero_at, 130, 1e-9);
    ck_assert_double_eq_tol(a.lowest_flow, -100, 1e-9);
    ck_assert_double_eq_tol(a.lowest_at, 140, 1e-9);
    ck_assert_double_eq_tol(a.slope_rise, 25, 1e-9);
    ck_assert_double_eq_tol(a.rise_from, 60, 1e-9);
    ck_assert_double_eq_tol(a.rise_to, 60, 1e-9);
    ck_assert_double_eq_tol(a.end, 180, 1e-12);
    ck_assert(isnan(a.truth_rmse) && isnan(a.wave_mean) && isnan(a.lowest_beyond));
    ck_assert_uint_eq(traffic_net_faults(&a),
                      TRAFFIC_NET_EMPTY_ROAD | TRAFFIC_NET_NEGATIVE | TRAFFIC_NET_CONVEX);
    crease_net_free(net);
    /* the rise over two kinks; and a flow that stays above zero */
    const double x2[] = {20, 60, 90, 110}, y2[] = {2000, 800, 500, 450};
    net = net_of(4, x2, y2, 100, 1);
    a = audit_net(net, 2, 120, NULL);
    ck_assert_double_eq_tol(a.slope_rise, 31, 1e-9);
    ck_assert_double_eq_tol(a.rise_from, 60, 1e-9);
    ck_assert_double_eq_tol(a.rise_to, 110, 1e-9);
    ck_assert(isnan(a.zero_at));
    ck_assert_uint_eq(traffic_net_faults(&a), TRAFFIC_NET_CONVEX | TRAFFIC_NET_NO_JAM);
    crease_net_free(net);
    /* a plateau below 1e-4 of the capacity is zero; one above is not */
    for (int k = 0; k < 2; k++) {
        const double x3[] = {20, 150}, y3[] = {2000, k ? .21 : .19};
        net = net_of(2, x3, y3, 100, 0);
        a = audit_net(net, 0, 160, NULL);
        ck_assert_int_eq(isnan(a.zero_at), k);
        if (!k)
            ck_assert_double_eq_tol(a.zero_at, 150 - .01 / (2000 - .19) * 130, 1e-6);
        ck_assert_uint_eq(traffic_net_faults(&a), k ? TRAFFIC_NET_CONVEX | TRAFFIC_NET_NO_JAM : 0u);
        crease_net_free(net);
    }
}
END_TEST

/* q = 20 x - 700 (1 + tanh((x - 60)/10)): q' = 20 - 70 sech^2 is least at 60 and rises to 20 beyond. */
START_TEST(hand_made_smooth_network) {
    crease_net *net;
    ck_assert_int_eq(crease_net_parse("affine+tanh:1", 1, 1, &net, NULL), CREASE_OK);
    net->theta[net->layer[0].weights] = .1;
    net->theta[net->layer[0].biases] = -6;
    net->theta[net->output_weights] = -700;
    net->theta[net->output_biases] = -700;
    net->theta[net->affine_weights] = 20;
    const traffic_net_audit a = audit_net(net, 2, 100, NULL);
    const double sech = 1 / cosh(9), first = 60 + 10 * acosh(sqrt(3.5)), top = 120 - first;
    ck_assert_double_eq_tol(a.slope_rise, 70 * (1 - sech * sech), 1e-6);
    ck_assert_double_eq_tol(a.rise_from, 60, 1e-3);
    ck_assert_double_eq_tol(a.rise_to, 150, 1e-3);
    ck_assert_double_eq_tol(a.curve.flow_at_zero, -700 * (1 + tanh(-6)), 1e-9);
    ck_assert_double_eq_tol(a.lowest_flow, -700 * (1 + tanh(-6)), 1e-9);
    ck_assert_double_eq(a.lowest_at, 0);
    traffic_net_curve curve;
    double at;
    ck_assert_int_eq(traffic_net_curve_of_net(net, &curve, NULL), CREASE_OK);
    ck_assert_double_eq_tol(traffic_net_lowest(&curve, 40, 90, &at),
                            20 * first - 700 * (1 + sqrt(1 - 1 / 3.5)), 1e-9);
    ck_assert_double_eq_tol(at, first, 1e-4);
    ck_assert_double_eq_tol(traffic_net_slope(&curve, top), 0, 1e-9);
    traffic_net_curve_clear(&curve);
    crease_net_free(net);
}
END_TEST

/* The parabola and its polyline through K even pieces: closed forms of all errors. */
START_TEST(chords_of_a_parabola) {
    const traffic_diagram truth = truth_of("greenshields:90,120");
    for (size_t pieces = 2; pieces <= 12; pieces += 5) {
        traffic_diagram chords = {.family = TRAFFIC_PHYSICAL, .kinks = pieces - 1};
        const double k = (double)pieces, h = 120 / k;
        chords.free_speed = 90 * (1 - 1 / k);
        for (size_t i = 0; i + 1 < pieces; i++) {
            chords.kink[i] = h * (double)(i + 1);
            chords.slope_drop[i] = 180 / k;
        }
        const traffic_net_audit a = audit_diagram(&chords, 100, &truth);
        ck_assert_double_eq_tol(a.truth_rmse, 90. / 120 * h * h / sqrt(30), 1e-9);
        ck_assert_double_eq_tol(a.wave_mean, 90 / (2 * k), 1e-4);
        ck_assert_double_eq_tol(a.wave_rms, 90 / (k * sqrt(3)), 1e-9);
        ck_assert_double_eq_tol(a.wave_largest, 90 / k, 1e-6);
        ck_assert_double_eq_tol(a.jam_error, 0, 1e-9);
        ck_assert_double_eq(a.lowest_beyond, 0);
        ck_assert_double_eq(a.slope_rise, 0);
        ck_assert_uint_eq(traffic_net_faults(&a), 0);
    }
}
END_TEST

/* Random networks against sums over a fine grid. */
START_TEST(random_networks_by_brute_force) {
    enum { N = 60000 };
    static const char *const spec[] = {"relu:5", "tanh:3", "affine+tanh:2+relu:2", "relu:3/relu:3"};
    const traffic_diagram truth[] = {truth_of("triangular"), truth_of("smulders")};
    const size_t cases = test_cases(8, 200);
    for (size_t seed = 0; seed < cases; seed++) {
        crease_net *net;
        traffic_net_curve known;
        gsl_rng *generator = crease_random_new(seed, 7);
        ck_assert_int_eq(crease_net_parse(spec[seed % 4], 1, 1, &net, NULL), CREASE_OK);
        ck_assert_int_eq(traffic_net_curve_of_diagram(&truth[seed / 4 % 2], &known, NULL), CREASE_OK);
        for (size_t i = 0; i < net->parameter_count; i++)
            net->theta[i] = gsl_ran_gaussian(generator, 1);
        *net->input_shift = 75;
        *net->input_scale = 40;
        *net->output_shift = 900;
        *net->output_scale = 500;
        const traffic_net_audit a = audit_net(net, 1, 140, &truth[seed / 4 % 2]);
        traffic_net_curve curve;
        ck_assert_int_eq(traffic_net_curve_of_net(net, &curve, NULL), CREASE_OK);
        const double end = fmax(a.end, a.concave_to);
        double lowest = INFINITY, flow = 0, wave = 0, least = INFINITY, rise = 0, beyond = INFINITY;
        for (size_t i = 0; i < N; i++) {
            const double x = end * ((double)i + .5) / N, q = traffic_net_flow(&curve, x);
            const double slope = traffic_net_slope(&curve, x);
            if (x <= a.end)
                lowest = fmin(lowest, q);
            if (x > 150 && x <= a.end)
                beyond = fmin(beyond, q);
            if (x < a.concave_to) {
                rise = fmax(rise, slope - least);
                least = fmin(least, slope);
            }
            if (x >= 150)
                continue;
            flow += pow(q - traffic_net_flow(&known, x), 2);
            wave += fabs(slope - traffic_net_slope(&known, x));
        }
        const double cells = 150 / end * N, size = 1 + fabs(lowest) + fabs(least);
        ck_assert_msg(fabs(a.lowest_flow - lowest) < 2e-3 * size && a.lowest_flow <= lowest + 1e-9 * size,
                      "seed %zu: lowest %g, scan %g", seed, a.lowest_flow, lowest);
        ck_assert_msg(fabs(a.lowest_beyond - beyond) < 2e-3 * size, "seed %zu: beyond %g, scan %g", seed,
                      a.lowest_beyond, beyond);
        ck_assert_msg(fabs(a.slope_rise - rise) < 1e-3 * (1 + rise), "seed %zu: rise %g, scan %g", seed,
                      a.slope_rise, rise);
        ck_assert_msg(fabs(a.truth_rmse - sqrt(flow / cells)) < 1e-3 * a.truth_rmse,
                      "seed %zu: rmse %g, sum %g", seed, a.truth_rmse, sqrt(flow / cells));
        ck_assert_msg(fabs(a.wave_mean - wave / cells) < 1e-3 * (1 + a.wave_mean),
                      "seed %zu: wave %g, sum %g", seed, a.wave_mean, wave / cells);
        traffic_net_curve_clear(&curve);
        traffic_net_curve_clear(&known);
        crease_net_free(net);
        gsl_rng_free(generator);
    }
}
END_TEST

/* relu(concave, 0 at 0) of any kinks has no fault, as a diagram and as the network that is written. */
START_TEST(physical_is_physical) {
    const size_t cases = test_cases(400, 20000);
    for (size_t seed = 0; seed < cases; seed++) {
        gsl_rng *generator = crease_random_new(seed, 8);
        traffic_row row = {.diagram.family = TRAFFIC_PHYSICAL};
        traffic_diagram *d = &row.diagram;
        d->free_speed = gsl_ran_flat(generator, 1, 150);
        d->kinks = 1 + gsl_rng_uniform_int(generator, TRAFFIC_MAX_KINKS);
        for (size_t i = 0; i < d->kinks; i++) {
            d->kink[i] = (i > 0 ? d->kink[i - 1] : 0) + gsl_ran_flat(generator, .1, 30);
            d->slope_drop[i] = gsl_ran_flat(generator, 0, 2.5 * d->free_speed / (double)d->kinks);
        }
        crease_net *net;
        traffic_audit known;
        ck_assert_int_eq(traffic_row_network(&row, &net, NULL), CREASE_OK);
        traffic_audit_diagram(d, 100, &known);
        const traffic_net_audit a = audit_diagram(d, 100, NULL), b = audit_net(net, 0, 100, NULL);
        ck_assert_msg(a.lowest_flow == 0 && a.slope_rise == 0 && a.curve.flow_at_zero == 0,
                      "seed %zu: lowest %g, rise %g", seed, a.lowest_flow, a.slope_rise);
        ck_assert_msg(traffic_net_faults(&a) == (isnan(known.jam_density) ? TRAFFIC_NET_NO_JAM : 0u),
                      "seed %zu: faults %u", seed, traffic_net_faults(&a));
        /* the network counts as one whose capacity and jam lie in its range */
        ck_assert_msg(b.lowest_flow == 0 && b.curve.flow_at_zero == 0, "seed %zu: network to %g", seed,
                      b.lowest_flow);
        if (known.jam_density < 100) {
            ck_assert_msg(traffic_net_faults(&b) == 0, "seed %zu: faults of the network %u, rise %g", seed,
                          traffic_net_faults(&b), b.slope_rise);
            ck_assert_msg(fabs(b.zero_at - known.jam_density) < 1e-9 * known.jam_density,
                          "seed %zu: zero at %.12g, %.12g", seed, b.zero_at, known.jam_density);
        }
        crease_net_free(net);
        gsl_rng_free(generator);
    }
}
END_TEST

START_TEST(huge_and_tiny) {
    static const double size[] = {1e-120, 1e-30, 1e30, 1e120};
    for (size_t i = 0; i < 4; i++) {
        const double s = size[i];
        const traffic_diagram d = {.family = TRAFFIC_PHYSICAL,
                                   .free_speed = 100 * s,
                                   .kinks = 1,
                                   .kink = {20},
                                   .slope_drop = {116 * s}};
        const traffic_net_audit a = audit_diagram(&d, 100, NULL);
        ck_assert_double_eq_tol(a.zero_at, 145, 1e-9);
        ck_assert_uint_eq(traffic_net_faults(&a), 0);
        const double x[] = {20, 100}, y[] = {2000 * s, 400 * s};
        crease_net *net = net_of(2, x, y, 100 * s, -10 * s);
        const traffic_net_audit b = audit_net(net, 0, 120, NULL);
        ck_assert_double_eq_tol(b.lowest_flow / s, 400 - 800, 1e-6);
        ck_assert_double_eq_tol(b.slope_rise / s, 10, 1e-6);
        crease_net_free(net);
    }
    crease_net *net;
    traffic_net_curve curve;
    crease_error error;
    ck_assert_int_eq(crease_net_parse("relu:2", 2, 1, &net, NULL), CREASE_OK);
    ck_assert_int_eq(traffic_net_curve_of_net(net, &curve, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "one input"));
    traffic_net_curve_clear(&curve);
    crease_net_free(net);
    /* flat networks have no capacity, no jam, and no crash */
    ck_assert_int_eq(crease_net_parse("tanh:2", 1, 1, &net, NULL), CREASE_OK);
    const traffic_net_audit flat = audit_net(net, 0, 100, NULL);
    ck_assert(isnan(flat.curve.capacity) && isnan(flat.zero_at));
    ck_assert_uint_eq(traffic_net_faults(&flat) & TRAFFIC_NET_NO_JAM, TRAFFIC_NET_NO_JAM);
    crease_net_free(net);
}
END_TEST

/* ---- truths ---- */

START_TEST(truths_by_text) {
    static const char *const bad[] = {"",
                                      "parabola",
                                      "underwood",
                                      "triangular:",
                                      "triangular:100,15",
                                      "triangular:100,15,150,3",
                                      "triangular:100,x,150",
                                      "greenshields:-1,150",
                                      "greenshields:nan,150",
                                      "greenshields:1e300,150",
                                      "trapezoidal:100,5000,15,150",
                                      "smulders:100,1,160,150",
                                      "smulders:100,5,25,150",
                                      "triangular :1,2,3",
                                      "greenshields:100,150 "};
    traffic_diagram d;
    crease_error error;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(traffic_net_truth_parse(bad[i], &d, &error) == CREASE_BAD_ARGUMENT, "'%s' is taken",
                      bad[i]);
    static const struct {
        const char *text;
        double capacity, critical, jam, at, flow;
    } good[] = {{"triangular", 2000, 20, 150, 85, 1000},
                {"triangular:90,18,120", 1800, 20, 120, 70, 900},
                {"trapezoidal:100,1500,20,150", 1500, 15, 150, 100, 1000},
                {"greenshields:80,100", 2000, 50, 100, 25, 1500},
                {"smulders:100,1,30,150", 2100, 30, 150, 90, 1050}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        traffic_audit a;
        d = truth_of(good[i].text);
        traffic_audit_diagram(&d, 0, &a);
        ck_assert_msg(fabs(a.capacity - good[i].capacity) < 1e-9 &&
                          fabs(a.critical_density - good[i].critical) < 1e-9 &&
                          fabs(a.jam_density - good[i].jam) < 1e-9 &&
                          fabs(traffic_diagram_flow(&d, good[i].at) - good[i].flow) < 1e-9,
                      "%s: %g at %g, jam %g", good[i].text, a.capacity, a.critical_density, a.jam_density);
        traffic_net_curve curve;
        ck_assert_int_eq(traffic_net_curve_of_diagram(&d, &curve, NULL), CREASE_OK);
        for (double x = .37; x < 200; x += 1.1) /* slopes by differences */
            ck_assert_double_eq_tol(
                traffic_net_slope(&curve, x),
                (traffic_diagram_flow(&d, x + 1e-5) - traffic_diagram_flow(&d, x - 1e-5)) / 2e-5, 1e-4);
        traffic_net_curve_clear(&curve);
    }
    d = truth_of("newell-franklin:100,20,150");
    ck_assert_double_eq_tol(traffic_diagram_flow(&d, 50), 5000 * (1 - exp(-.2 * 2)), 1e-9);
}
END_TEST

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

Suite *test_traffic_net(void) {
    Suite *suite = suite_create("traffic net");
    TCase *audits = tcase_create("audit"), *studies = tcase_create("study"), *claims = tcase_create("claims");
    tcase_add_test(audits, hand_made_network);
    tcase_add_test(audits, hand_made_smooth_network);
    tcase_add_test(audits, chords_of_a_parabola);
    tcase_add_test(audits, random_networks_by_brute_force);
    tcase_add_test(audits, physical_is_physical);
    tcase_add_test(audits, huge_and_tiny);
    tcase_add_test(audits, truths_by_text);
    tcase_add_test(studies, jam_bias_of_section_1);
    tcase_add_test(studies, simulated_rows);
    tcase_add_test(studies, same_digits_for_any_threads);
    tcase_add_test(studies, studies_that_are_refused);
    tcase_add_test(studies, section_5);
    tcase_add_test(claims, verdicts_flip_when_the_claim_is_falsified);
    tcase_set_timeout(audits, 300);
    tcase_set_timeout(studies, 900);
    suite_add_tcase(suite, audits);
    suite_add_tcase(suite, studies);
    suite_add_tcase(suite, claims);
    return suite;
}
