/* Car following made of ReLUs, the linear theory: against polynomial roots, the specification and simulation. */
#include "crease/random.h"
#include "support/suites.h"
#include "traffic/ring/ring.h"
#include <gsl/gsl_poly.h>
#include <math.h>

static const follow_law base = {2, 1.2, 7.5, 30, .7};

START_TEST(reference_rates) {
    static const struct {
        size_t n;
        double ratio, mode_1;
        size_t fastest;
        double growth;
    } known[] = {{22, 1.1, .00306453, 2, .00325097},
                 {10, 1.5, .04222569, 1, .04222569},
                 {5, .9, -.02067643, 1, -.02067643}};
    for (size_t i = 0; i < 3; i++) {
        follow_law law = base;
        follow_root root[2];
        law.tau = known[i].ratio * follow_critical_tau(&law, 1 / 1.2, known[i].n);
        const follow_stability s = follow_stability_of(&law, 1 / 1.2, known[i].n);
        ck_assert_int_eq(follow_roots(&law, 1 / 1.2, known[i].n, 1, root), 2);
        ck_assert_double_eq_tol(root[0].growth, known[i].mode_1, 5.1e-9);
        ck_assert_uint_eq(s.fastest_mode, known[i].fastest);
        ck_assert_double_eq_tol(s.growth, known[i].growth, 5.1e-9);
        ck_assert_int_eq(s.stable, known[i].ratio < 1);
    }
}
END_TEST

/* |tau l^2 + l + b|^2 = 0 with real coefficients: the product of the polynomial and its conjugate has degree 4. */
START_TEST(roots_are_those_of_the_polynomial) {
    gsl_rng *generator = crease_random_new(7, 0);
    for (size_t k = 0; k < test_cases(300, 20000); k++) {
        follow_law law = base;
        const size_t n = 2 + gsl_rng_uniform_int(generator, 60),
                     mode = 1 + gsl_rng_uniform_int(generator, n - 1);
        law.tau = exp(3 * gsl_rng_uniform(generator) - 1.5);
        const double slope = exp(2 * gsl_rng_uniform(generator) - 1),
                     turn = 2 * M_PI * (double)mode / (double)n, c = slope * (1 - cos(turn)),
                     d = -slope * sin(turn), tau = law.tau;
        const double polynomial[] = {c * c + d * d, 2 * c, 1 + 2 * tau * c, 2 * tau, tau * tau};
        double z[8];
        follow_root root[2];
        gsl_poly_complex_workspace *work = gsl_poly_complex_workspace_alloc(5);
        gsl_poly_complex_solve(polynomial, 5, work, z);
        gsl_poly_complex_workspace_free(work);
        follow_roots(&law, slope, n, mode, root);
        double largest = -INFINITY;
        for (size_t i = 0; i < 4; i++)
            largest = fmax(largest, z[2 * i]);
        for (size_t r = 0; r < 2; r++) {
            double nearest = INFINITY;
            for (size_t i = 0; i < 4; i++)
                nearest = fmin(nearest, hypot(z[2 * i] - root[r].growth, z[2 * i + 1] - root[r].frequency));
            /* for half the vehicles every root is double in the polynomial of degree 4 */
            ck_assert_msg(nearest < (2 * mode == n ? 1e-5 : 1e-8), "case %zu: off by %g", k, nearest);
        }
        ck_assert_msg(fabs(largest - root[0].growth) < 1e-5, "case %zu", k);
    }
    gsl_rng_free(generator);
}
END_TEST

/* Just below the critical tau no mode grows, just above the longest wave does; without modes or slope, none ever. */
START_TEST(critical_tau_divides) {
    for (size_t n = 3; n <= 200; n++) {
        follow_law law = base;
        follow_root root[2];
        const double critical = follow_critical_tau(&law, 1 / 1.2, n);
        ck_assert_double_eq_tol(critical, 1.2 / (1 + cos(2 * M_PI / (double)n)), 1e-12 * critical);
        for (int side = -1; side <= 1; side += 2) {
            law.tau = critical * (1 + side * 1e-6);
            const follow_stability s = follow_stability_of(&law, 1 / 1.2, n);
            follow_roots(&law, 1 / 1.2, n, 1, root);
            ck_assert_int_eq(s.stable, side < 0);
            ck_assert_msg((root[0].growth > 0) == (side > 0), "%zu vehicles: %g", n, root[0].growth);
            ck_assert_int_eq(s.growth > 0, side > 0);
        }
    }
    ck_assert(isinf(follow_critical_tau(&base, 1 / 1.2, 2)));
    ck_assert(isinf(follow_critical_tau(&base, 0, 22)));
    const follow_stability alone = follow_stability_of(&base, 1 / 1.2, 1);
    ck_assert(alone.stable && alone.fastest_mode == 0);
    follow_law first = base;
    first.order = 1;
    first.tau = 0;
    ck_assert(isinf(follow_critical_tau(&first, 1 / 1.2, 22)));
    ck_assert_double_lt(follow_stability_of(&first, 1 / 1.2, 22).growth, 0);
}
END_TEST

/* Prony's rates of simulated waves, which know nothing of the theory, agree with it. */
START_TEST(measured_rates_agree) {
    gsl_rng *generator = crease_random_new(8, 0);
    for (size_t k = 0; k < test_cases(40, 2000); k++) {
        const size_t n = 2 + gsl_rng_uniform_int(generator, 30),
                     mode = 1 + gsl_rng_uniform_int(generator, n / 2);
        ring_problem p = {.law = base, .vehicles = n};
        p.law.order = 1 + (int)gsl_rng_uniform_int(generator, 2);
        p.law.tau = .2 + 2 * gsl_rng_uniform(generator);
        /* congested mostly, sometimes free */
        p.length = (double)n * (k % 5 == 0 ? 60 : 10 + 30 * gsl_rng_uniform(generator));
        follow_root theory[2], seen[2];
        size_t kinks = 9;
        crease_error error;
        ck_assert_msg(ring_measure(&p, mode, seen, &kinks, &error) == CREASE_OK, "%s", error.message);
        const int roots = follow_roots(&p.law, follow_slope(&p.law, p.length / (double)n), n, mode, theory);
        ck_assert_uint_eq(kinks, 0);
        const int flip =
            roots == 2 && fabs(seen[0].growth - theory[0].growth) > fabs(seen[1].growth - theory[0].growth);
        for (int r = 0; r < roots; r++)
            ck_assert_msg(fabs(seen[r ^ flip].growth - theory[r].growth) < 1e-8,
                          "case %zu: order %d, %zu vehicles, mode %zu, tau %g: %.12g, not %.12g", k,
                          p.law.order, n, mode, p.law.tau, seen[r ^ flip].growth, theory[r].growth);
    }
    gsl_rng_free(generator);
}
END_TEST

Suite *test_traffic_ring_theory(void) {
    Suite *suite = suite_create("traffic ring theory");
    TCase *theory = tcase_create("linear theory");
    tcase_add_test(theory, reference_rates);
    tcase_add_test(theory, roots_are_those_of_the_polynomial);
    tcase_add_test(theory, critical_tau_divides);
    tcase_add_test(theory, measured_rates_agree);
    tcase_set_timeout(theory, 120);
    suite_add_tcase(suite, theory);
    return suite;
}
