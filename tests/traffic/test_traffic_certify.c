/* Certificates: envelopes, bands, intervals and how often they hold the truth. */
#include "traffic/certify_support.h"
#include <gsl/gsl_sort.h>

/* ---- polylines and envelopes ---- */

START_TEST(polylines_are_the_diagrams) {
    gsl_rng *g = crease_random_new(1, 0);
    for (size_t k = 0; k < test_cases(200, 5000); k++) {
        const traffic_diagram d = random_diagram(g, 1 + k % TRAFFIC_MAX_KINKS);
        crease_pwl *pwl = polyline(&d);
        traffic_audit audit;
        traffic_audit_diagram(&d, 0, &audit);
        ck_assert_double_eq(pwl->x[0], 0);
        ck_assert_double_eq(pwl->x[pwl->knot_count - 1], audit.jam_density);
        for (int i = 0; i < 20; i++) {
            const double density = gsl_ran_flat(g, 0, 200);
            ck_assert_msg(fabs(flow(pwl, density) - traffic_diagram_flow(&d, density)) <=
                              1e-9 * audit.capacity,
                          "seed 1, diagram %zu at %.17g", k, density);
        }
        crease_pwl_free(pwl);
    }
    gsl_rng_free(g);
    const traffic_diagram rising = {.family = TRAFFIC_PHYSICAL, .free_speed = 100};
    crease_pwl *none = NULL;
    crease_error error;
    ck_assert_int_eq(certify_polyline(&rising, &none, &error), CREASE_BAD_DATA);
    ck_assert_ptr_null(none);
    /* a kink at density 0, one on another, one beyond the jam */
    const traffic_diagram odd = {.family = TRAFFIC_PHYSICAL,
                                 .free_speed = 120,
                                 .kinks = 4,
                                 .kink = {0, 25, 25 + 1e-12, 180},
                                 .slope_drop = {20, 60, 60, 5}};
    none = polyline(&odd);
    ck_assert_uint_eq(none->knot_count, 3);
    ck_assert_double_eq_tol(none->x[1], 25, 1e-9);
    ck_assert_double_eq_tol(none->y[1], 2500, 1e-9);
    ck_assert_double_eq_tol(none->x[2], 150, 1e-9);
    crease_pwl_free(none);
}
END_TEST

static bool is_concave(const crease_pwl *pwl) {
    for (size_t i = 1; i < pwl->knot_count; i++)
        if (crease_pwl_slope(pwl, i) > crease_pwl_slope(pwl, i - 1) + 1e-4)
            return false;
    return true;
}

START_TEST(envelopes_are_the_extremes) {
    gsl_rng *g = crease_random_new(2, 0);
    enum { MANY = 12 };
    size_t bent = 0;
    for (size_t k = 0; k < test_cases(60, 2000); k++) {
        traffic_diagram d[MANY];
        crease_pwl *edge[2] = {NULL, NULL}, *pwl;
        crease_error error = {0};
        for (size_t i = 0; i < MANY; i++) {
            d[i] = i % 5 == 4 ? d[i - 1] : random_diagram(g, 1 + (size_t)gsl_rng_uniform_int(g, 5));
            pwl = polyline(&d[i]);
            for (int upper = 0; upper < 2; upper++) {
                crease_pwl *wider = NULL;
                must(certify_envelope(edge[upper] ? edge[upper] : pwl, pwl, upper == 1, &wider, &error),
                     &error);
                crease_pwl_free(edge[upper]);
                edge[upper] = wider;
            }
            crease_pwl_free(pwl);
        }
        for (int i = 0; i < 300; i++) {
            const double density = gsl_ran_flat(g, 0, 180);
            double least = INFINITY, most = 0;
            for (size_t j = 0; j < MANY; j++) {
                least = fmin(least, traffic_diagram_flow(&d[j], density));
                most = fmax(most, traffic_diagram_flow(&d[j], density));
            }
            ck_assert_msg(fabs(flow(edge[0], density) - least) < 1e-4 &&
                              fabs(flow(edge[1], density) - most) < 1e-4,
                          "seed 2, case %zu, %.17g: %.12g to %.12g, not %.12g to %.12g", k, density,
                          flow(edge[0], density), flow(edge[1], density), least, most);
        }
        ck_assert_msg(is_concave(edge[0]), "seed 2, case %zu: the least of concave ones is concave", k);
        bent += !is_concave(edge[1]);
        for (int upper = 0; upper < 2; upper++) {
            lwr_flux *flux = flux_of(edge[upper]);
            ck_assert_ptr_null(flux->why_unphysical);
            ck_assert_double_eq(flux->jam_density, edge[upper]->x[edge[upper]->knot_count - 1]);
            lwr_flux_free(flux);
            crease_pwl_free(edge[upper]);
        }
    }
    ck_assert_uint_gt(bent, 0);
    gsl_rng_free(g);
}
END_TEST

/* ---- the band ---- */

/* Share of replicates that lie at a fine grid of densities among those inside that are not they themselves. */
static double held_by_the_others(size_t count, const certify_replicate *replicate) {
    size_t held = 0, usable = 0;
    for (size_t i = 0; i < count; i++) {
        if (!replicate[i].usable)
            continue;
        bool out = false;
        usable++;
        for (double density = .37; density < 90 && !out; density += .37) {
            double low = INFINITY, high = -INFINITY;
            for (size_t j = 0; j < count; j++)
                if (j != i && replicate[j].inside) {
                    low = fmin(low, traffic_diagram_flow(&replicate[j].diagram, density));
                    high = fmax(high, traffic_diagram_flow(&replicate[j].diagram, density));
                }
            const double q = traffic_diagram_flow(&replicate[i].diagram, density);
            out = q < low || q > high;
        }
        held += !out;
    }
    return (double)held / (double)usable;
}

START_TEST(the_band_holds_its_share) {
    enum { COUNT = 201 };
    static certify_replicate replicate[COUNT];
    gsl_rng *g = crease_random_new(3, 0);
    for (size_t k = 0; k < test_cases(4, 40); k++) {
        const traffic_diagram fit = random_diagram(g, 1 + k % 4);
        certify_band band;
        crease_error error = {0};
        perturb(g, &fit, COUNT, replicate);
        replicate[7].fitted = false;
        replicate[11].diagram.kinks = 0; /* rises for ever */
        must(certify_band_new(&fit, .95, COUNT, replicate, &band, &error), &error);
        ck_assert_uint_eq(band.fitted, COUNT - 1);
        ck_assert_uint_eq(band.usable, COUNT - 2);
        ck_assert_uint_ge(band.inside, (size_t)ceil(.95 * (COUNT - 2)));
        ck_assert_double_eq_tol(band.level, held_by_the_others(COUNT, replicate), .011);
        ck_assert(!replicate[7].usable && !replicate[11].usable && !replicate[11].inside);
        size_t inside = 0;
        double most = 0, least_out = INFINITY;
        for (size_t i = 0; i < COUNT; i++) {
            inside += replicate[i].inside;
            if (replicate[i].inside)
                most = fmax(most, replicate[i].distance);
            else if (replicate[i].usable)
                least_out = fmin(least_out, replicate[i].distance);
            for (double density = 0; density < 200 && replicate[i].inside; density += .73) {
                const double q = traffic_diagram_flow(&replicate[i].diagram, density);
                ck_assert_msg(q >= flow(band.lower, density) - 1e-4 && q <= flow(band.upper, density) + 1e-4,
                              "seed 3, case %zu, replicate %zu leaves the band at %g", k, i, density);
            }
        }
        ck_assert_uint_eq(inside, band.inside);
        ck_assert_double_eq(most, band.distance);
        ck_assert_double_ge(least_out, most);
        certify_band_clear(&band);
    }
    gsl_rng_free(g);
}
END_TEST

START_TEST(bands_without_width_and_without_enough) {
    enum { COUNT = 30 };
    static certify_replicate replicate[COUNT];
    const traffic_diagram fit = {
        .family = TRAFFIC_PHYSICAL, .free_speed = 100, .kinks = 1, .kink = {25}, .slope_drop = {120}};
    certify_band band;
    crease_error error = {0};
    for (size_t i = 0; i < COUNT; i++)
        replicate[i] = (certify_replicate){.diagram = fit, .fitted = true};
    must(certify_band_new(&fit, .95, COUNT, replicate, &band, &error), &error);
    ck_assert_double_eq(band.distance, 0);
    ck_assert_uint_eq(band.lower->knot_count, 3);
    ck_assert_uint_eq(band.upper->knot_count, 3);
    ck_assert_double_eq(band.upper->y[1], 2500);
    certify_band_clear(&band);
    for (size_t i = 0; i < 11; i++)
        replicate[i].fitted = false;
    ck_assert_int_eq(certify_band_new(&fit, .95, COUNT, replicate, &band, &error), CREASE_BAD_DATA);
    ck_assert_ptr_nonnull(strstr(error.message, "19 of 30"));
}
END_TEST

/* ---- intervals ---- */

/* Percentiles of all values with those missing put at either end. */
START_TEST(intervals_allow_for_the_missing) {
    gsl_rng *g = crease_random_new(8, 0);
    for (size_t k = 0; k < 300; k++) {
        const size_t count = 1 + gsl_rng_uniform_int(g, 200), missing = k % 3 ? 0 : gsl_rng_uniform_int(g, 8);
        double value[208], low[208], high[208];
        for (size_t i = 0; i < count; i++)
            value[i] = low[i] = high[i] = gsl_rng_uniform_int(g, 30) ? gsl_ran_flat(g, 0, 1) : INFINITY;
        for (size_t i = 0; i < missing; i++) {
            low[count + i] = -INFINITY;
            high[count + i] = INFINITY;
        }
        gsl_sort(low, 1, count + missing);
        gsl_sort(high, 1, count + missing);
        const certify_interval i = certify_interval_of(count, value, missing);
        const double a = .025 * (double)(count + missing - 1) < (double)missing
                             ? -INFINITY
                             : traffic_percentile(count + missing, low, .025),
                     b = traffic_percentile(count + missing, high, .975);
        ck_assert_msg(i.low == a || fabs(i.low - a) < 1e-12, "seed 8, case %zu: low %g, not %g", k, i.low, a);
        ck_assert_msg(i.high == b || fabs(i.high - b) < 1e-12, "seed 8, case %zu: high %g, not %g", k, i.high,
                      b);
    }
    gsl_rng_free(g);
}
END_TEST

/* ---- coverage ---- */

static void keep(const char *model, size_t index, const traffic_diagram *diagram, void *context) {
    (void)model;
    certify_replicate *replicate = context;
    replicate[index].diagram = *diagram;
    replicate[index].fitted = true;
}

enum { DATA = 160, MOST_REPLICATES = 400 };

/* One data set of a triangle with a fifth of the noise of a road, from data to intervals; adds what holds the truth. */
typedef struct coverage {
    size_t clearing, clearing_bounds, passage, passage_bounds, band, sets;
} coverage;

static bool within(double value, double low, double high) {
    return value >= low && value <= high;
}

static void cover(uint64_t seed, size_t replicates, coverage *sum) {
    static const char *const model[] = {"triangular"};
    static certify_replicate replicate[MOST_REPLICATES];
    double density[DATA], q[DATA], cleared[MOST_REPLICATES], passed[MOST_REPLICATES], a[4], b[4];
    gsl_rng *g = crease_random_new(seed, 77);
    for (size_t i = 0; i < DATA; i++) {
        density[i] = gsl_ran_flat(g, 3, 130);
        q[i] = fmin(100 * density[i], 20 * (140 - density[i])) + gsl_ran_gaussian(g, 60);
    }
    gsl_rng_free(g);
    memset(replicate, 0, sizeof replicate);
    const traffic_study_options options = {
        .bootstrap = replicates, .fit.seed = seed, .replicate = keep, .replicate_context = replicate};
    traffic_study *study = NULL;
    crease_error error = {0};
    must(traffic_study_run(DATA, density, q, model, 1, &options, &study, &error), &error);
    certify_band band;
    must(certify_band_new(&study->row[0].diagram, .95, replicates, replicate, &band, &error), &error);
    lwr_flux *fit = flux_of_diagram(&study->row[0].diagram), *low = flux_of(band.lower),
             *high = flux_of(band.upper);
    const lwr_place place = {.x = 0};
    certify_road road = queue_road(&place, 1);
    road.standing = 120;
    road.arrival = 1200;
    certify_event event, edge;
    certify_curve curve[2] = {0};
    size_t n = 0;
    prepare(&road, fit);
    for (size_t i = 0; i < replicates; i++)
        if (replicate[i].usable) {
            lwr_flux *flux = flux_of_diagram(&replicate[i].diagram);
            track(&road, flux, &event, NULL);
            cleared[n] = event.cleared;
            passed[n++] = event.passed;
            lwr_flux_free(flux);
        }
    certify_densities(&road, low, a);
    certify_densities(&road, high, b);
    track(&road, low, &edge, &curve[0]);
    track(&road, high, &edge, &curve[1]);
    const double jam = 140, u = 12, gone = 1 / (20 - 1200 / (jam - u)) * (1 + 20. / 100),
                 last = 1. / 20 + 1. / 100;
    const certify_interval c = certify_interval_of(n, cleared, replicates - n),
                           p = certify_interval_of(n, passed, replicates - n);
    const certify_bounds cb = certify_clearing(&road, 0, low, high, a, b),
                         pb = certify_passage(&road, 0, a, b, &curve[0], &curve[1]);
    sum->sets++;
    sum->clearing += within(gone, c.low, c.high);
    sum->passage += within(last, p.low, p.high);
    sum->clearing_bounds += !cb.why && within(gone, cb.earliest, cb.latest);
    sum->passage_bounds += !pb.why && within(last, pb.earliest, pb.latest);
    bool covered = true;
    for (double x = .5; x < 141; x += .5)
        covered = covered && within(fmax(fmin(100 * x, 20 * (140 - x)), 0), flow(band.lower, x) - 1e-6,
                                    flow(band.upper, x) + 1e-6);
    sum->band += covered;
    for (int i = 0; i < 2; i++)
        certify_curve_clear(&curve[i]);
    certify_road_clear(&road);
    certify_band_clear(&band);
    lwr_flux_free(fit);
    lwr_flux_free(low);
    lwr_flux_free(high);
    traffic_study_free(study);
}

/* Nominal 95 %. What the band bounds must hold whenever the band holds the truth. */
START_TEST(intervals_hold_the_truth) {
    coverage sum = {0};
    const size_t sets = test_cases(8, 300);
    for (size_t k = 0; k < sets; k++) {
        const coverage before = sum;
        cover(k + 1, test_cases(60, MOST_REPLICATES), &sum);
        ck_assert_msg(sum.band == before.band || (sum.clearing_bounds > before.clearing_bounds &&
                                                  sum.passage_bounds > before.passage_bounds),
                      "seed %zu: the truth is in the band, but not its times in their bounds", k + 1);
    }
    const double least = sets > 100 ? .88 : .6;
    const size_t held[] = {sum.clearing, sum.passage, sum.clearing_bounds, sum.passage_bounds, sum.band};
    for (size_t i = 0; i < 5; i++)
        ck_assert_msg((double)held[i] >= least * (double)sets,
                      "of %zu sets hold the truth: clearing %zu, passage %zu; bounds %zu, %zu; band %zu",
                      sets, held[0], held[1], held[2], held[3], held[4]);
    ck_assert(sets < 100 || sum.clearing < sets);
}
END_TEST

Suite *test_traffic_certify(void) {
    Suite *suite = suite_create("traffic certify");
    TCase *c = tcase_create("certificate");
    tcase_add_test(c, polylines_are_the_diagrams);
    tcase_add_test(c, envelopes_are_the_extremes);
    tcase_add_test(c, the_band_holds_its_share);
    tcase_add_test(c, bands_without_width_and_without_enough);
    tcase_add_test(c, intervals_allow_for_the_missing);
    tcase_add_test(c, intervals_hold_the_truth);
    tcase_set_timeout(c, 300);
    suite_add_tcase(suite, c);
    return suite;
}
