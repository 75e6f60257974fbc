/* Certificates: closed forms of a queue, and what a band of fluxes bounds. */
#include "traffic/certify_support.h"

/* traffic.md, section 2: 4 a (1 - r) / (vf (1 - 2 r)^2), exact for chords with a kink at every density in it. */
START_TEST(the_green_light_of_greenshields) {
    lwr_flux *flux = flux_of_text("greenshields:100,150:60");
    const lwr_place place = {.x = 0};
    certify_road road = queue_road(&place, 1);
    certify_event event;
    prepare(&road, flux);
    ck_assert_double_eq(road.tail[0], -1);
    track(&road, flux, &event, NULL);
    ck_assert_double_eq_tol(event.cleared, 4. / 45, 1e-14);
    ck_assert_double_eq(event.vehicle, 150);
    ck_assert_double_eq_tol(event.passed, .04, 1e-12); /* 3750 veh/h all the time */
    double density[4];
    certify_densities(&road, flux, density);
    const certify_bounds b = certify_clearing(&road, 0, flux, flux, density, density);
    ck_assert_ptr_null(b.why);
    ck_assert_double_eq_tol(b.earliest, 4. / 45, 1e-14);
    ck_assert_double_eq_tol(b.latest, 4. / 45, 1e-14);
    certify_road_clear(&road);
    lwr_flux_free(flux);
}
END_TEST

/* Triangular: the wave reaches the tail, which has gone back at q/(rho_j - u), at a / (w - q/(rho_j - u)), then free
 * traffic comes with vf. The last vehicle starts at a/w and drives a/vf. */
START_TEST(closed_forms_of_the_triangle) {
    gsl_rng *g = crease_random_new(4, 0);
    for (size_t k = 0; k < test_cases(50, 2000); k++) {
        const double vf = gsl_ran_flat(g, 60, 130), w = gsl_ran_flat(g, 12, 25),
                     jam = gsl_ran_flat(g, 110, 160);
        const double capacity = vf * w * jam / (vf + w), arrival = gsl_ran_flat(g, .1, .8) * capacity;
        const double u = arrival / vf, length = gsl_ran_flat(g, .2, 2);
        const double x[] = {-length - 1, -length, 0, 5}, given[] = {140, 900, 0, 0};
        const lwr_place place = {.x = 0};
        char text[120];
        snprintf(text, sizeof text, "triangular:%.17g,%.17g,%.17g", vf, w, jam);
        lwr_flux *flux = flux_of_text(text);
        certify_road road = queue_road(&place, 1);
        road.problem.x = x;
        road.problem.density = given;
        road.standing = 200;
        road.arrival = arrival;
        certify_event event;
        double density[4];
        prepare(&road, flux);
        ck_assert_uint_eq(certify_densities(&road, flux, density), 140 > jam);
        ck_assert_double_eq_tol(density[0], u, 1e-10);
        ck_assert_double_eq(density[1], jam);
        track(&road, flux, &event, NULL);
        const double met = length / (w - arrival / (jam - u)), gone = met * (1 + w / vf);
        ck_assert_msg(fabs(event.cleared - gone) <= 1e-9 * gone || (gone > 1 && isinf(event.cleared)),
                      "seed 4, case %zu: %.17g, not %.17g", k, event.cleared, gone);
        ck_assert_msg(fabs(event.passed - length / w - length / vf) < 1e-9, "seed 4, case %zu: %.17g", k,
                      event.passed);
        const certify_bounds b = certify_clearing(&road, 0, flux, flux, density, density);
        ck_assert_msg(fabs(b.earliest - gone) <= 1e-9 * gone && fabs(b.latest - gone) <= 1e-9 * gone,
                      "seed 4, case %zu: %.17g to %.17g, not %.17g", k, b.earliest, b.latest, gone);
        certify_road_clear(&road);
        lwr_flux_free(flux);
    }
    gsl_rng_free(g);
}
END_TEST

/* More flow at every density, and yet the queue is there longer: 14/75 h, then 4/15 h. */
START_TEST(clearing_is_not_monotone) {
    static const char *const text[] = {"triangular:50,20,150", "triangular:60,20,150"};
    const lwr_place place = {.x = 0};
    double cleared[2];
    for (int i = 0; i < 2; i++) {
        lwr_flux *flux = flux_of_text(text[i]);
        certify_road road = queue_road(&place, 1);
        certify_event event;
        prepare(&road, flux);
        track(&road, flux, &event, NULL);
        cleared[i] = event.cleared;
        certify_road_clear(&road);
        lwr_flux_free(flux);
    }
    ck_assert_double_eq_tol(cleared[0], 14. / 75, 1e-12);
    ck_assert_double_eq_tol(cleared[1], 4. / 15, 1e-12);
}
END_TEST

START_TEST(tails_and_labels) {
    lwr_flux *flux = flux_of_text("triangular:100,20,150");
    const double x[] = {0, 2, 3, 5, 7, 9}, density[] = {10, 60, 20, 100, 150, 5};
    const lwr_place place[] = {{.x = 2.5}, {.x = 8}, {.x = 9.5}, {.x = 1}, {.x = 6}};
    certify_road road = queue_road(place, 5);
    road.problem.count = 6;
    road.problem.x = x;
    road.problem.density = density;
    road.problem.low = 0;
    road.problem.high = 10;
    prepare(&road, flux);
    const double tail[] = {2, 5, 5, NAN, 5}, label[] = {30, 350, 502.5, NAN, 100};
    for (size_t i = 0; i < 5; i++) {
        ck_assert(isnan(tail[i]) ? isnan(road.tail[i]) : road.tail[i] == tail[i]);
        const double vehicle = certify_label(&road, density, i);
        ck_assert(isnan(label[i]) ? isnan(vehicle) : fabs(vehicle - label[i]) < 1e-12);
    }
    certify_road_clear(&road);
    road.problem.domain = LWR_RING; /* round the ring the queue before 1 km is that from 5 to 9 */
    prepare(&road, flux);
    ck_assert_double_eq(road.tail[3], -5);
    ck_assert_double_eq_tol(certify_label(&road, density, 3), 200 + 300 + 5 + 10, 1e-12);
    road.vehicle = 77;
    ck_assert_double_eq(certify_label(&road, density, 3), 77);
    certify_road_clear(&road);
    const double all[] = {60, 60, 60, 100, 150, 50};
    road.problem.density = all;
    road.vehicle = NAN;
    for (int ring = 0; ring < 2; ring++) { /* no end of the queue */
        road.problem.domain = ring ? LWR_RING : LWR_LINE;
        prepare(&road, flux);
        ck_assert(isnan(road.tail[0]));
        certify_road_clear(&road);
    }
    lwr_flux_free(flux);
}
END_TEST

/* ---- what is bounded ---- */

/* Polyline, positive up to its jam, concave or not. */
static crease_pwl *random_polyline(gsl_rng *g, double jam) {
    enum { KNOTS = 7 };
    crease_pwl *pwl = NULL;
    crease_error error = {0};
    must(crease_pwl_new(&pwl, KNOTS, &error), &error);
    for (size_t i = 0; i < KNOTS; i++) {
        pwl->x[i] = jam * ((double)i + (i > 0 && i + 1 < KNOTS ? gsl_ran_flat(g, -.4, .4) : 0)) / (KNOTS - 1);
        pwl->y[i] = i > 0 && i + 1 < KNOTS ? gsl_ran_flat(g, 300, 2500) : 0;
    }
    pwl->slope_left = pwl->y[1] / pwl->x[1];
    pwl->slope_right = -pwl->y[KNOTS - 2] / (jam - pwl->x[KNOTS - 2]);
    return pwl;
}

static double count_at(const certify_curve *c, double t) {
    size_t i = 1;
    while (i + 1 < c->count && c->t[i] < t)
        i++;
    const double length = c->t[i] - c->t[i - 1];
    return c->passed[i - 1] +
           (length > 0 ? (c->passed[i] - c->passed[i - 1]) * (t - c->t[i - 1]) / length : 0);
}

/* Same initial densities, q <= p: N_q <= N_p at every place and time, with lights and bottlenecks, on lines and rings,
 * for concave fluxes and others. */
START_TEST(counts_keep_their_order) {
    enum { ROWS = 8, PLACES = 3 };
    gsl_rng *g = crease_random_new(5, 0);
    double apart = 0;
    for (size_t k = 0; k < test_cases(150, 3000); k++) {
        crease_pwl *pwl[3] = {NULL};
        crease_error error = {0};
        for (int i = 0; i < 2; i++) {
            const traffic_diagram d = random_diagram(g, 2);
            pwl[i] = k % 2 ? random_polyline(g, gsl_ran_flat(g, 110, 160)) : polyline(&d);
        }
        must(certify_envelope(pwl[0], pwl[1], true, &pwl[2], &error), &error);
        lwr_flux *low = flux_of(pwl[0]), *high = flux_of(pwl[2]);
        double x[ROWS], density[ROWS];
        const double times[] = {0, gsl_ran_flat(g, .002, .02)}, limits[] = {0, INFINITY},
                     from[] = {-1, gsl_ran_flat(g, 0, .05), .08},
                     flows[] = {INFINITY, gsl_ran_flat(g, 0, 1500), INFINITY};
        for (size_t i = 0; i < ROWS; i++) {
            x[i] = (double)i + gsl_ran_flat(g, 0, .9);
            density[i] = gsl_rng_uniform_int(g, 4)   ? gsl_ran_flat(g, 0, low->jam_density)
                         : gsl_rng_uniform_int(g, 2) ? low->jam_density
                                                     : 0;
        }
        lwr_place place[PLACES] = {{.x = 2.2}, {.x = 4.1}, {.x = 5.7}};
        if (k % 3 > 0)
            place[1].limit = (lwr_schedule){2, times, limits, times[1] * gsl_ran_flat(g, 1.2, 3), 0};
        if (k % 3 > 1)
            place[2].limit = (lwr_schedule){3, from, flows, 0, 0};
        certify_road road = {.problem = {.domain = k % 5 ? LWR_LINE : LWR_RING,
                                         .high = 9,
                                         .count = ROWS,
                                         .x = x,
                                         .density = density,
                                         .place_count = PLACES,
                                         .place = place},
                             .standing = INFINITY,
                             .arrival = NAN,
                             .vehicle = NAN,
                             .time = .15};
        certify_curve curve[2][PLACES] = {0};
        certify_event event[PLACES];
        prepare(&road, low);
        track(&road, low, event, curve[0]);
        track(&road, high, event, curve[1]);
        for (size_t i = 0; i < PLACES; i++) {
            for (int j = 0; j <= 400; j++) {
                const double t = .15 * j / 400, less = count_at(&curve[0][i], t),
                             more = count_at(&curve[1][i], t);
                ck_assert_msg(less <= more + 1e-6, "seed 5, case %zu, place %zu at %g h: %.12g > %.12g", k, i,
                              t, less, more);
                apart = fmax(apart, more - less);
            }
            certify_curve_clear(&curve[0][i]);
            certify_curve_clear(&curve[1][i]);
        }
        certify_road_clear(&road);
        lwr_flux_free(low);
        lwr_flux_free(high);
        for (int i = 0; i < 3; i++)
            crease_pwl_free(pwl[i]);
    }
    ck_assert_double_gt(apart, 20);
    gsl_rng_free(g);
}
END_TEST

/* Any of some concave fluxes, and mixtures of them, keeps the bounds of their envelopes: standing traffic, an arriving
 * flow, a light now and then. */
START_TEST(bounds_hold_in_the_band) {
    enum { MANY = 6 };
    gsl_rng *g = crease_random_new(6, 0);
    size_t passages = 0, clearings = 0;
    for (size_t k = 0; k < test_cases(60, 2000); k++) {
        certify_replicate replicate[MANY];
        const traffic_diagram base = random_diagram(g, 1 + k % 3);
        crease_pwl *edge[2] = {polyline(&base), polyline(&base)};
        crease_error error = {0};
        perturb(g, &base, MANY, replicate);
        for (size_t i = 0; i < MANY; i++) {
            crease_pwl *pwl = polyline(&replicate[i].diagram);
            for (int upper = 0; upper < 2; upper++) {
                crease_pwl *wider = NULL;
                must(certify_envelope(edge[upper], pwl, upper == 1, &wider, &error), &error);
                crease_pwl_free(edge[upper]);
                edge[upper] = wider;
            }
            crease_pwl_free(pwl);
        }
        lwr_flux *low = flux_of(edge[0]), *high = flux_of(edge[1]), *fit = flux_of_diagram(&base);
        static const double times[] = {0, .01}, limits[] = {0, INFINITY};
        lwr_place place = {.x = 0};
        if (k % 4 == 3)
            place.limit = (lwr_schedule){2, times, limits, .025, 0};
        certify_road road = queue_road(&place, 1);
        road.standing = 120;
        if (k % 2)
            road.arrival = gsl_ran_flat(g, .1, .7) * low->capacity;
        road.vehicle = k % 5 == 4 ? 60 : NAN;
        const double x[] = {-3, -1, -.4, 0}, density[] = {gsl_ran_flat(g, 0, 20), 150, k % 3 ? 150 : 90, 0};
        road.problem.x = x;
        road.problem.density = density;
        double low_density[4], high_density[4];
        certify_curve curve[2] = {0};
        certify_event event, own;
        prepare(&road, fit);
        certify_densities(&road, low, low_density);
        certify_densities(&road, high, high_density);
        track(&road, low, &event, &curve[0]);
        track(&road, high, &event, &curve[1]);
        const certify_bounds passage =
                                 certify_passage(&road, 0, low_density, high_density, &curve[0], &curve[1]),
                             clearing = certify_clearing(&road, 0, low, high, low_density, high_density);
        passages += !passage.why;
        clearings += !clearing.why;
        for (size_t i = 0; i < MANY; i++) {
            lwr_flux *flux = flux_of_diagram(&replicate[i].diagram);
            track(&road, flux, &own, NULL);
            const double off = 1e-8;
            ck_assert_msg(passage.why ||
                              (own.passed >= passage.earliest - off && own.passed <= passage.latest + off),
                          "seed 6, case %zu, flux %zu passes at %.12g, not in %.12g to %.12g", k, i,
                          own.passed, passage.earliest, passage.latest);
            ck_assert_msg(clearing.why ||
                              (own.cleared >= clearing.earliest - off &&
                               (own.cleared <= clearing.latest + off || clearing.latest > road.time)),
                          "seed 6, case %zu, flux %zu clears at %.12g, not in %.12g to %.12g", k, i,
                          own.cleared, clearing.earliest, clearing.latest);
            lwr_flux_free(flux);
        }
        for (int i = 0; i < 2; i++) {
            certify_curve_clear(&curve[i]);
            crease_pwl_free(edge[i]);
        }
        certify_road_clear(&road);
        lwr_flux_free(low);
        lwr_flux_free(high);
        lwr_flux_free(fit);
    }
    ck_assert_uint_gt(passages, 40);
    ck_assert_uint_gt(clearings, 15);
    gsl_rng_free(g);
}
END_TEST

START_TEST(what_is_not_bounded) {
    lwr_flux *low = flux_of_text("triangular:95,19,140"), *high = flux_of_text("triangular:105,21,150");
    const lwr_place place[] = {{.x = 0}, {.x = 3}, {.x = -2}};
    certify_road road = queue_road(place, 3);
    double a[4], b[4];
    certify_curve none = {0};
    const double density[] = {24.2, 150, 0, 0}; /* the critical densities are 23.3 and 25 */
    road.problem.density = density;
    road.standing = 145;
    prepare(&road, high);
    certify_densities(&road, low, a);
    certify_densities(&road, high, b);
    /* standing traffic downstream of a place where its own queue does not stand */
    certify_bounds bounds = certify_passage(&road, 2, a, b, &none, &none);
    ck_assert_ptr_nonnull(strstr(bounds.why, "no queue"));
    road.vehicle = 20;
    bounds = certify_passage(&road, 2, a, b, &none, &none);
    ck_assert_ptr_nonnull(strstr(bounds.why, "downstream"));
    road.problem.domain = LWR_RING;
    bounds = certify_passage(&road, 0, a, b, &none, &none);
    ck_assert_ptr_nonnull(strstr(bounds.why, "on a ring"));
    ck_assert_ptr_nonnull(strstr(certify_clearing(&road, 0, low, high, a, b).why, "for a line"));
    road.problem.domain = LWR_LINE;
    ck_assert_ptr_nonnull(strstr(certify_clearing(&road, 0, low, high, a, b).why, "congested for some"));
    road.arrival = 1000; /* the vehicle is one that has yet to come */
    road.vehicle = 160;
    certify_densities(&road, low, a);
    certify_densities(&road, high, b);
    bounds = certify_passage(&road, 0, a, b, &none, &none);
    ck_assert_ptr_nonnull(strstr(bounds.why, "between the vehicle and the place"));
    ck_assert_ptr_null(certify_clearing(&road, 0, low, high, a, b).why);
    ck_assert_ptr_nonnull(
        strstr(certify_clearing(&road, 1, low, high, a, b).why, "not where the queue ends"));
    certify_road_clear(&road);
    lwr_flux_free(low);
    lwr_flux_free(high);
}
END_TEST

/* |u - v| on what is looked at, against the bound, with initial densities that differ. */
START_TEST(distances_keep_their_bound) {
    gsl_rng *g = crease_random_new(7, 0);
    double closest = 0;
    for (size_t k = 0; k < test_cases(100, 3000); k++) {
        crease_pwl *pwl[2];
        lwr_flux *flux[2];
        double x[6], density[2][6], slope;
        lwr_problem problem[2];
        lwr_profile profile[2];
        crease_error error = {0};
        const double t = gsl_ran_flat(g, 0, .1);
        for (int i = 0; i < 2; i++) {
            pwl[i] = random_polyline(g, 140);
            if (i == 1)
                for (size_t j = 1; j + 1 < pwl[1]->knot_count;
                     j++) { /* close to the other, kinks at the same places */
                    pwl[1]->x[j] = pwl[0]->x[j];
                    pwl[1]->y[j] = pwl[0]->y[j] * (1 + gsl_ran_flat(g, -.02, .02));
                }
            flux[i] = flux_of(pwl[i]);
        }
        for (size_t j = 0; j < 6; j++) {
            x[j] = (double)j;
            density[0][j] = gsl_ran_flat(g, 0, 140);
            density[1][j] =
                k % 3 ? density[0][j] : fmin(fmax(density[0][j] + gsl_ran_flat(g, -5, 5), 0), 140);
        }
        for (int i = 0; i < 2; i++) {
            problem[i] = (lwr_problem){.flux = flux[i],
                                       .domain = k % 2 ? LWR_LINE : LWR_RING,
                                       .high = 6,
                                       .count = 6,
                                       .x = x,
                                       .density = density[i]};
            lwr_solution *s = NULL;
            must(lwr_solution_new(&problem[i], NULL, &s, &error), &error);
            must(lwr_solution_advance(s, t, NULL, NULL, &error), &error);
            must(lwr_solution_profile(s, &profile[i], &error), &error);
            lwr_solution_free(s);
        }
        const double distance = lwr_profile_distance(&profile[0], &profile[1]),
                     bound = lwr_stability_bound(&problem[0], &problem[1], t, &slope);
        ck_assert_msg(distance <= bound * (1 + 1e-9) + 1e-9, "seed 7, case %zu: %.12g > %.12g", k, distance,
                      bound);
        closest = fmax(closest, bound > 0 ? distance / bound : 0);
        for (int i = 0; i < 2; i++) {
            lwr_profile_clear(&profile[i]);
            crease_pwl_free(pwl[i]);
            lwr_flux_free(flux[i]);
        }
    }
    ck_assert_double_gt(closest, .3);
    gsl_rng_free(g);
}
END_TEST

Suite *test_traffic_certify_road(void) {
    Suite *suite = suite_create("traffic certify road");
    TCase *c = tcase_create("certificate");
    tcase_add_test(c, the_green_light_of_greenshields);
    tcase_add_test(c, closed_forms_of_the_triangle);
    tcase_add_test(c, clearing_is_not_monotone);
    tcase_add_test(c, tails_and_labels);
    tcase_add_test(c, counts_keep_their_order);
    tcase_add_test(c, bounds_hold_in_the_band);
    tcase_add_test(c, what_is_not_bounded);
    tcase_add_test(c, distances_keep_their_bound);
    tcase_set_timeout(c, 300);
    suite_add_tcase(suite, c);
    return suite;
}
