/* What networks say about jam and capacity: by hand, and against a fine scan. */
#include "crease/random.h"
#include "support/suites.h"
#include "traffic/traffic.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

/* 100 rho to 20, down at 2000/130 to 160 (through 0 at 150), then steeper by 30, as affine+relu:2. */
START_TEST(audit_of_a_known_piecewise_linear_net) {
    crease_net *net = NULL;
    traffic_audit a;
    ck_assert_int_eq(crease_net_parse("affine+relu:2", 1, 1, &net, NULL), CREASE_OK);
    const double wave = 2000.0 / 130,
                 theta[] = {1, 1, -20, -160, -100 - wave, -30, -7, 100}; /* W, b, w, b, affine */
    ck_assert_uint_eq(net->parameter_count, 8);
    memcpy(net->theta, theta, sizeof theta);
    ck_assert_int_eq(traffic_audit_net(net, 5, 140, &a, NULL), CREASE_OK);
    ck_assert_double_eq_tol(a.free_speed, 100, 1e-10);
    ck_assert_double_eq_tol(a.flow_at_zero, -7, 1e-12);
    ck_assert_double_eq_tol(a.capacity, 1993, 1e-9);
    ck_assert_double_eq_tol(a.critical_density, 20, 1e-12);
    const double jam = 20 + 1993 / wave;
    ck_assert_double_eq_tol(a.jam_density, jam, 1e-9);
    ck_assert_double_eq_tol(a.wave_speed, wave, 1e-10);
    ck_assert(a.extrapolated);
    ck_assert_double_eq_tol(a.min_flow_beyond_jam, 1993 - wave * 190 - 30 * 50, 1e-8); /* at 210 */
    ck_assert_int_eq(traffic_audit_net(net, 1, 15, &a, NULL), CREASE_OK); /* data end before the capacity */
    ck_assert(isnan(a.capacity) && isnan(a.jam_density) && a.why_capacity && a.why_jam);
    crease_net_free(net);
}
END_TEST

/* Smooth nets against a scan, up to 100 times finer than their own. */
START_TEST(audit_of_smooth_nets_against_a_scan) {
    static const char *const specs[] = {"tanh:3", "sigmoid:4", "tanh:2+relu:2", "softplus:3"};
    size_t with_jam = 0;
    for (uint64_t seed = 1; seed <= test_cases(24, 400); seed++) {
        crease_net *net = NULL;
        crease_work *work = NULL;
        traffic_audit a;
        gsl_rng *generator = crease_random_new(seed, 0);
        ck_assert_int_eq(crease_net_parse(specs[seed % 4], 1, 1, &net, NULL), CREASE_OK);
        net->input_shift[0] = 60;
        net->input_scale[0] = 40;
        net->output_shift[0] = gsl_ran_flat(generator, 0, 1000);
        net->output_scale[0] = 1000;
        for (size_t i = 0; i < net->parameter_count; i++)
            net->theta[i] = gsl_ran_gaussian(generator, 1.5);
        ck_assert_int_eq(crease_work_new(net, &work, NULL), CREASE_OK);
        ck_assert_int_eq(traffic_audit_net(net, 3, 120, &a, NULL), CREASE_OK);
        double top = -INFINITY, at = 0, low = 0, jam = NAN;
        const size_t points = test_cases(30000, 300000);
        for (size_t i = 0; i <= points; i++) {
            const double x = 360 * (double)i / (double)points;
            double q;
            crease_net_evaluate(net, NULL, work, 1, &x, &q);
            if (x >= 3 && x <= 120 && q > top) {
                top = q;
                at = x;
            }
        }
        if (!isnan(a.capacity)) {
            ck_assert_msg(a.capacity >= top - 1e-9 && a.capacity <= top + 1e-3 * fabs(top),
                          "seed %lu: capacity %g, scan %g", (unsigned long)seed, a.capacity, top);
            for (size_t i = 0; i <= points; i++) {
                const double x = 360 * (double)i / (double)points;
                double q;
                crease_net_evaluate(net, NULL, work, 1, &x, &q);
                if (x > a.critical_density && q <= 0 && isnan(jam))
                    jam = x;
                if (!isnan(jam) && x >= jam && x <= fmax(180, a.jam_density))
                    low = fmin(low, q);
            }
            ck_assert_msg(isnan(jam) == isnan(a.jam_density), "seed %lu: jam %g, scan %g",
                          (unsigned long)seed, a.jam_density, jam);
            if (!isnan(jam)) {
                ck_assert_double_eq_tol(a.jam_density, jam, 2 * 360.0 / (double)points);
                ck_assert_msg(a.min_flow_beyond_jam <= fmin(low, 0) + 1e-6 * fabs(low) &&
                                  a.min_flow_beyond_jam >= fmin(low, 0) - 1,
                              "seed %lu: lowest %g, scan %g", (unsigned long)seed, a.min_flow_beyond_jam,
                              low);
                with_jam++;
            }
        } else {
            ck_assert_msg(top <= 0 || at >= 120 - 1e-2, "seed %lu: no capacity, but the scan has %g at %g",
                          (unsigned long)seed, top, at);
        }
        crease_work_free(work);
        crease_net_free(net);
        gsl_rng_free(generator);
    }
    ck_assert_uint_ge(with_jam, 3);
}
END_TEST

Suite *test_traffic_audit(void) {
    Suite *suite = suite_create("traffic audit");
    TCase *audits = tcase_create("audit");
    tcase_add_test(audits, audit_of_a_known_piecewise_linear_net);
    tcase_add_test(audits, audit_of_smooth_nets_against_a_scan);
    tcase_set_timeout(audits, 600);
    suite_add_tcase(suite, audits);
    return suite;
}
