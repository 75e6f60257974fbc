/* Diagrams and their fits: closed forms, recovery without noise, weights, the isotonic bound, networks of diagrams. */
#include "crease/random.h"
#include "support/suites.h"
#include "support/traffic_data.h"
#include <math.h>
#include <stdlib.h>

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

static traffic_sample noise_free(const traffic_diagram *truth, double end, size_t n) {
    traffic_sample s = {.n = n};
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
            const traffic_sample s = noise_free(&truth[t], end[e] * a.jam_density, 150);
            const traffic_diagram found = traffic_sample_fit(&s, truth[t].kinks);
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
        const traffic_sample s = noise_free(&truth, end * truth.jam_density, 200);
        const traffic_diagram flow = traffic_sample_fit(&s, 0);
        ck_assert_double_eq_tol(flow.free_speed, truth.free_speed, 1e-8);
        ck_assert_double_eq_tol(flow.jam_density, truth.jam_density, 1e-8);
        if (end > 1)
            continue; /* by speed the line goes on below 0 */
        traffic_diagram speed;
        const traffic_data data = traffic_sample_data(&s);
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
    const traffic_sample ends_early = noise_free(&truth, .85 * 150, 400),
                         goes_on = noise_free(&truth, 1.2 * 150, 400);
    for (size_t i = 0; i < 4; i++) {
        traffic_audit early, late;
        const traffic_diagram a = traffic_sample_fit(&ends_early, kinks[i]),
                              b = traffic_sample_fit(&goes_on, kinks[i]);
        traffic_audit_diagram(&a, 127.5, &early);
        traffic_audit_diagram(&b, 180, &late);
        ck_assert_double_eq_tol(early.jam_density - 150, short_data[i], .12 * short_data[i]);
        ck_assert_double_eq_tol(late.jam_density - 150, long_data[i], .2 * long_data[i] + .1);
    }
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
        traffic_sample s = traffic_sample_random(30, 4000 + seed, 300);
        size_t order[TRAFFIC_SAMPLE_MOST];
        traffic_sample_order(&s, order);
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
        const traffic_data data = traffic_sample_data(&s);
        ck_assert_int_eq(traffic_isotonic_bound(&data, &bound, NULL), CREASE_OK);
        ck_assert_double_eq_tol(bound, sum / total, 1e-9 * bound);
        const traffic_diagram d = traffic_sample_fit(&s, 3);
        ck_assert_double_ge(traffic_sample_loss(&s, &d) / total,
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
    TCase *forms = tcase_create("closed forms"), *fits = tcase_create("fits");
    tcase_add_test(forms, closed_forms);
    tcase_add_test(forms, the_network_of_a_diagram_is_the_diagram);
    tcase_add_test(forms, audit_of_unusual_shapes);
    tcase_add_test(forms, qu_weights_by_hand);
    tcase_add_test(forms, isotonic_bound_by_min_max);
    tcase_add_test(fits, recovers_physical_diagrams);
    tcase_add_test(fits, recovers_greenshields);
    tcase_add_test(fits, overestimates_the_jam_of_a_parabola);
    tcase_set_timeout(forms, 120);
    tcase_set_timeout(fits, 600);
    suite_add_tcase(suite, forms);
    suite_add_tcase(suite, fits);
    return suite;
}
