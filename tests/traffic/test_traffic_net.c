/* The physics audit of flow curves, and truths by their text. */
#include "crease/random.h"
#include "support/suites.h"
#include "traffic/net/net.h"
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

Suite *test_traffic_net(void) {
    Suite *suite = suite_create("traffic net");
    TCase *audits = tcase_create("audit");
    tcase_add_test(audits, hand_made_network);
    tcase_add_test(audits, hand_made_smooth_network);
    tcase_add_test(audits, chords_of_a_parabola);
    tcase_add_test(audits, random_networks_by_brute_force);
    tcase_add_test(audits, physical_is_physical);
    tcase_add_test(audits, huge_and_tiny);
    tcase_add_test(audits, truths_by_text);
    tcase_set_timeout(audits, 300);
    suite_add_tcase(suite, audits);
    return suite;
}
