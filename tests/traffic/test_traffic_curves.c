/* Curved diagrams: their formulas as published, derivatives, tops, fits without noise, fits with the jam imposed. */
#include "crease/random.h"
#include "support/suites.h"
#include "traffic/diagram/diagram_curve.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const models[] = {"greenshields", "triangular",      "trapezoidal",
                                     "smulders",     "newell-franklin", "van-aerde",
                                     "underwood",    "drake",           "s3"};
enum { MODELS = sizeof models / sizeof *models, ROWS = 200 };

/* A random diagram of a family, from parameters as the literature has them. `published` is its flow by the formula
 * as published. */
typedef struct truth {
    double vf, w, jam, critical, capacity, a, r0, m, c1, c2, c3;
} truth;

static truth random_truth(gsl_rng *g) {
    truth t = {.vf = gsl_ran_flat(g, 60, 130), .jam = gsl_ran_flat(g, 90, 180), .w = gsl_ran_flat(g, 10, 30)};
    t.critical = gsl_ran_flat(g, .15, .35) * t.jam;
    t.a = gsl_ran_flat(g, .1, .6) * t.vf / t.critical;
    const double most = t.vf * t.w * t.jam / (t.vf + t.w);
    t.capacity = gsl_ran_flat(g, .6, .9) * most;
    t.r0 = gsl_ran_flat(g, 25, 60);
    t.m = gsl_ran_flat(g, 1.5, 8);
    const double share = gsl_ran_flat(g, .02, .5);
    t.c1 = (1 - share) / t.jam;
    t.c2 = share * t.vf / t.jam;
    t.c3 = gsl_ran_flat(g, 1, 6) / (t.vf * t.jam);
    return t;
}

/* van Aerde's speed by bisection on 1/rho = c1 + c2/(vf - v) + c3 v. */
static double van_aerde_speed(const truth *t, double density) {
    double low = 0, high = t->vf;
    if (1 / density <= t->c1 + t->c2 / t->vf)
        return 0;
    for (int i = 0; i < 200; i++) {
        const double v = .5 * (low + high);
        if (t->c1 + t->c2 / (t->vf - v) + t->c3 * v < 1 / density)
            low = v;
        else
            high = v;
    }
    return low;
}

static double published(const char *model, const truth *t, double x) {
    const double late = fmax(t->jam - x, 0);
    if (strcmp(model, "greenshields") == 0)
        return t->vf * x * fmax(1 - x / t->jam, 0);
    if (strcmp(model, "triangular") == 0)
        return fmin(t->vf * x, t->w * late);
    if (strcmp(model, "trapezoidal") == 0)
        return fmin(fmin(t->vf * x, t->capacity), t->w * late);
    if (strcmp(model, "smulders") == 0) {
        const double at = t->critical * (t->vf - t->a * t->critical);
        return x < t->critical ? x * (t->vf - t->a * x) : at * late / (t->jam - t->critical);
    }
    if (strcmp(model, "newell-franklin") == 0)
        return x >= t->jam ? 0 : x * t->vf * (1 - exp(-t->w / t->vf * (t->jam / x - 1)));
    if (strcmp(model, "van-aerde") == 0)
        return x * van_aerde_speed(t, x);
    if (strcmp(model, "underwood") == 0)
        return x * t->vf * exp(-x / t->r0);
    if (strcmp(model, "drake") == 0)
        return x * t->vf * exp(-.5 * (x / t->r0) * (x / t->r0));
    return x * t->vf / pow(1 + pow(x / t->r0, t->m), 2 / t->m);
}

static traffic_diagram fit(const char *model, const traffic_data *data, double jam) {
    traffic_diagram d;
    crease_error error;
    ck_assert_msg(traffic_fit_model(model, data, NULL, false, jam, 1, NULL, &d, &error) == CREASE_OK,
                  "%s: %s", model, error.message);
    return d;
}

static double loss_of(const traffic_data *data, const traffic_diagram *d) {
    double loss = 0;
    for (size_t i = 0; i < data->n; i++) {
        const double r = data->flow[i] - traffic_diagram_flow(d, data->density[i]);
        loss += r * r * (data->weight ? data->weight[i] : 1);
    }
    return loss;
}

/* ---- the functions ---- */

START_TEST(derivatives_are_differences) {
    gsl_rng *g = crease_random_new(11, 0);
    for (int trial = 0; trial < 2000; trial++) {
        const traffic_curve *c = traffic_curve_find(models[trial % MODELS]);
        const double x = exp(gsl_ran_flat(g, log(.02), log(c->has_jam ? .98 : 5)));
        double p[2];
        for (size_t j = 0; j < 2; j++)
            p[j] = c->share[j] ? gsl_ran_flat(g, .05, .95) : exp(gsl_ran_flat(g, log(.05), log(6)));
        const curve_value v = traffic_curve_value(c->family, p, x);
        ck_assert(v.u >= 0 && v.u <= 1 && v.x <= 0);
        for (size_t j = 0; j <= c->shapes; j++) {
            const double h = 1e-6 * (j == 0 ? x : p[j - 1]);
            double q[2] = {p[0], p[1]}, one_sided[2];
            for (int side = 0; side < 2; side++) {
                const double move = side ? h : -h;
                if (j > 0)
                    q[j - 1] = p[j - 1] + move;
                one_sided[side] = (traffic_curve_value(c->family, q, j == 0 ? x + move : x).u - v.u) / move;
            }
            const double given = j == 0 ? v.x : v.shape[j - 1];
            if (fabs(one_sided[1] - one_sided[0]) > 1e-3 * (fabs(given) + 1))
                continue; /* a kink in between */
            ck_assert_msg(fabs(.5 * (one_sided[0] + one_sided[1]) - given) <= 1e-6 * (1 + fabs(given)),
                          "%s, x %.17g, p %.17g %.17g, derivative %zu: %.12g, by differences %.12g", c->model,
                          x, p[0], p[1], j, given, .5 * (one_sided[0] + one_sided[1]));
        }
    }
    gsl_rng_free(g);
}
END_TEST

/* Fits to flows by the published formulas find these, and the audit finds the top of the formula by a scan. */
START_TEST(recovers_published_formulas) {
    double density[ROWS], flow[ROWS];
    for (unsigned long seed = 1; seed <= test_cases(2, 60); seed++) {
        gsl_rng *g = crease_random_new(seed, 12);
        const truth t = random_truth(g);
        const double end = gsl_ran_flat(g, .7, 1.1) * t.jam;
        for (size_t m = 0; m < MODELS; m++) {
            const traffic_curve *c = traffic_curve_find(models[m]);
            double top = 0;
            for (size_t i = 0; i < ROWS; i++) {
                density[i] = end * (double)(i + 1) / ROWS;
                flow[i] = published(models[m], &t, density[i]);
            }
            for (double x = t.jam / 20000; x < 2 * t.jam; x += t.jam / 20000)
                top = fmax(top, published(models[m], &t, x));
            const traffic_diagram d = fit(models[m], &(traffic_data){ROWS, density, flow, NULL}, 0);
            traffic_audit a;
            traffic_audit_diagram(&d, end, &a);
            /* the scan passes the tip of a kinked top at most a step away */
            const double step = t.jam / 20000, tip = published(models[m], &t, a.critical_density);
            const bool good =
                fabs(a.free_speed - t.vf) <= 1e-5 * t.vf && fabs(a.capacity - tip) <= 1e-5 * top &&
                a.capacity >= top * (1 - 1e-5) && a.capacity <= top + step * t.vf &&
                (c->has_jam ? fabs(a.jam_density - t.jam) <= 1e-5 * t.jam : isnan(a.jam_density));
            ck_assert_msg(
                good, "%s, seed %lu: free speed %.9g (%.9g), capacity %.9g (%.9g) at %.9g, jam %.9g (%.9g)",
                models[m], seed, a.free_speed, t.vf, a.capacity, top, a.critical_density, a.jam_density,
                t.jam);
            if (m == 1 || m == 2 || m == 4)
                ck_assert_double_eq_tol(a.wave_speed, t.w, 1e-4 * t.w);
            ck_assert(c->has_jam ? a.min_flow_beyond_jam == 0 : a.why_jam && isnan(a.min_flow_beyond_jam));
        }
        gsl_rng_free(g);
    }
}
END_TEST

static void noisy_rows(unsigned long seed, size_t n, double *density, double *flow, double *weight) {
    gsl_rng *g = crease_random_new(seed, 13);
    const truth t = random_truth(g);
    const char *model = models[seed % MODELS];
    for (size_t i = 0; i < n; i++) {
        density[i] = gsl_ran_flat(g, 1, 1.05 * t.jam);
        flow[i] = fmax(0, published(model, &t, density[i]) + gsl_ran_gaussian(g, 150));
        weight[i] = gsl_ran_flat(g, .2, 2);
    }
    gsl_rng_free(g);
}

/* No parameters drawn at random, in wide ranges or near the fit, lose less. */
START_TEST(random_search_finds_nothing_better) {
    double density[ROWS], flow[ROWS], weight[ROWS];
    for (unsigned long seed = 1; seed <= test_cases(12, 200); seed++) {
        noisy_rows(seed, ROWS, density, flow, weight);
        const traffic_data data = {ROWS, density, flow, weight};
        const traffic_curve *c = traffic_curve_find(models[seed / 2 % MODELS]);
        const traffic_diagram d = fit(c->model, &data, 0);
        const double loss = loss_of(&data, &d);
        gsl_rng *g = crease_random_new(seed, 14);
        for (int trial = 0; trial < 4000; trial++) {
            double p[2] = {0}, uu = 0, uy = 0, other = 0, near = trial % 2 ? .02 : 0;
            double scale = near > 0 && d.scale > 0 ? d.scale * exp(gsl_ran_gaussian(g, near))
                                                   : exp(gsl_ran_flat(g, log(10), log(600)));
            for (size_t j = 0; j < c->shapes; j++) {
                p[j] = c->share[j] ? gsl_ran_flat(g, .01, .99) : exp(gsl_ran_flat(g, log(.01), log(20)));
                if (near > 0 && d.scale > 0)
                    p[j] = c->share[j] ? fmin(d.shape[j] * exp(gsl_ran_gaussian(g, near)), .9999)
                                       : d.shape[j] * exp(gsl_ran_gaussian(g, near));
            }
            for (size_t i = 0; i < ROWS; i++) {
                const double u = density[i] * traffic_curve_value(c->family, p, density[i] / scale).u;
                uu += weight[i] * u * u;
                uy += weight[i] * u * flow[i];
                other += weight[i] * flow[i] * flow[i];
            }
            other -= uu > 0 ? uy * uy / uu : 0;
            ck_assert_msg(other >= loss * (1 - 1e-7),
                          "%s, seed %lu: %.12g at %.9g %.9g, scale %.9g, but %.12g at %.9g %.9g, scale %.9g",
                          c->model, seed, loss, d.shape[0], d.shape[1], d.scale, other, p[0], p[1], scale);
        }
        gsl_rng_free(g);
    }
}
END_TEST

/* ---- the jam imposed ---- */

START_TEST(imposed_jam_is_kept_and_costs) {
    double density[ROWS], flow[ROWS], weight[ROWS];
    for (unsigned long seed = 1; seed <= test_cases(2, 60); seed++) {
        noisy_rows(seed, ROWS, density, flow, weight);
        const traffic_data data = {ROWS, density, flow, weight};
        const char *const with_jam[] = {"greenshields",    "triangular", "trapezoidal", "smulders",
                                        "newell-franklin", "van-aerde",  "physical:2",  "physical:3"};
        const double jam = 100 + 7 * (double)(seed % 12);
        double before = INFINITY;
        for (size_t m = 0; m < sizeof with_jam / sizeof *with_jam; m++) {
            const traffic_diagram open = fit(with_jam[m], &data, 0), d = fit(with_jam[m], &data, jam);
            traffic_audit a;
            traffic_audit_diagram(&d, 150, &a);
            ck_assert_msg(fabs(a.jam_density - jam) <= 1e-9 * jam, "%s, seed %lu: jam %.12g, not %.12g",
                          with_jam[m], seed, a.jam_density, jam);
            const double loss = loss_of(&data, &d);
            ck_assert_msg(loss >= loss_of(&data, &open) * (1 - 1e-7), "%s, seed %lu: the free fit loses more",
                          with_jam[m], seed);
            if (m == 1 || m >= 6) { /* one, two, three kinks */
                ck_assert_msg(loss <= before * (1 + 1e-6), "%s, seed %lu: loses more than with a kink less",
                              with_jam[m], seed);
                before = loss;
            }
        }
    }
}
END_TEST

/* Two kinks by brute force: a fine grid, the two tents' weights by hand. */
START_TEST(imposed_two_kinks_by_brute_force) {
    double density[60], flow[60], weight[60];
    for (unsigned long seed = 1; seed <= test_cases(3, 40); seed++) {
        noisy_rows(seed, 60, density, flow, weight);
        const traffic_data data = {60, density, flow, weight};
        const double jam = 150;
        const traffic_diagram d = fit("physical:2", &data, jam);
        double best = INFINITY;
        for (int i = 1; i < 75; i++)
            for (int j = i + 1; j < 75; j++) {
                const double k[2] = {2. * i, 2. * j};
                double aa = 0, ab = 0, bb = 0, ay = 0, by = 0, yy = 0;
                for (size_t r = 0; r < 60; r++) {
                    double tent[2];
                    for (int s = 0; s < 2; s++)
                        tent[s] = fmax(0, density[r] < k[s] ? density[r] / k[s]
                                                            : (jam - density[r]) / (jam - k[s]));
                    aa += weight[r] * tent[0] * tent[0];
                    ab += weight[r] * tent[0] * tent[1];
                    bb += weight[r] * tent[1] * tent[1];
                    ay += weight[r] * tent[0] * flow[r];
                    by += weight[r] * tent[1] * flow[r];
                    yy += weight[r] * flow[r] * flow[r];
                }
                const double det = aa * bb - ab * ab, a = (ay * bb - by * ab) / det,
                             b = (by * aa - ay * ab) / det;
                if (!(det > 1e-6 * aa * bb))
                    continue; /* the data do not tell the tents apart */
                const double loss =
                    a >= 0 && b >= 0 ? yy - a * ay - b * by : yy - fmax(ay * ay / aa, by * by / bb);
                best = fmin(best, loss);
            }
        ck_assert_msg(loss_of(&data, &d) <= best * (1 + 1e-9), "seed %lu: %.12g, the grid has %.12g", seed,
                      loss_of(&data, &d), best);
    }
}
END_TEST

START_TEST(pooled_rows_have_the_same_fit) {
    double density[ROWS], flow[ROWS], weight[ROWS];
    noisy_rows(5, ROWS, density, flow, weight);
    for (size_t i = 0; i < ROWS; i++)
        density[i] = 5 * ceil(density[i] / 5);
    const traffic_data data = {ROWS, density, flow, weight};
    traffic_places places;
    ck_assert_int_eq(traffic_places_new(&data, &places, NULL), CREASE_OK);
    ck_assert_uint_lt(places.n, 45);
    double constant = 0;
    for (size_t i = 0; i < ROWS; i++) {
        size_t k = 0;
        while (places.density[k] < density[i])
            k++;
        constant += weight[i] * (flow[i] - places.flow[k]) * (flow[i] - places.flow[k]);
    }
    const traffic_data pooled = {places.n, places.density, places.flow, places.weight};
    for (size_t m = 0; m < MODELS; m++) {
        const traffic_diagram a = fit(models[m], &data, 0), b = fit(models[m], &pooled, 0);
        ck_assert_double_eq_tol(loss_of(&data, &a), loss_of(&pooled, &b) + constant, 1e-7 * constant);
        ck_assert_double_eq_tol(loss_of(&data, &b), loss_of(&pooled, &b) + constant, 1e-9 * constant);
    }
    traffic_places_clear(&places);
}
END_TEST

/* A fit that starts from that of other rows of the same road is as good as the whole search. */
START_TEST(local_fits_are_as_good_as_searches) {
    static const char *const local[] = {"triangular", "trapezoidal", "smulders", "newell-franklin",
                                        "van-aerde",  "drake",       "s3",       "physical:2",
                                        "physical:3"};
    enum { LOCAL = sizeof local / sizeof *local };
    double density[ROWS], flow[ROWS], weight[ROWS];
    for (unsigned long seed = 1; seed <= test_cases(1, 60); seed++) {
        noisy_rows(seed, ROWS, density, flow, weight);
        traffic_data first = {ROWS, density, flow, NULL}, again = {ROWS, density, flow, weight};
        for (size_t m = 0; m < LOCAL; m++) {
            const traffic_diagram start = fit(local[m], &first, 0), whole = fit(local[m], &again, 0);
            traffic_diagram d;
            ck_assert_int_eq(traffic_fit_model(local[m], &again, NULL, false, 0, 1, &start, &d, NULL),
                             CREASE_OK);
            const double a = loss_of(&again, &d), b = loss_of(&again, &whole);
            ck_assert_msg(a <= b * 1.01, "%s, seed %lu: %.9g, the whole search %.9g", local[m], seed, a, b);
        }
    }
}
END_TEST

/* One row, equal rows, no flow, huge and tiny scales: a finite fit or a sentence. */
START_TEST(strange_rows) {
    const double x[] = {10, 20, 30, 40, 60, 80}, y[] = {900, 1700, 2000, 1900, 1300, 600}, none[6] = {0};
    const double zero[] = {0, 0, 0, 0, 0, 0};
    for (size_t m = 0; m < MODELS; m++) {
        traffic_diagram d;
        crease_error error = {0};
        ck_assert_int_eq(traffic_fit_model(models[m], &(traffic_data){6, zero, y, NULL}, NULL, false, 0, 1,
                                           NULL, &d, &error),
                         CREASE_BAD_DATA);
        ck_assert_double_ge(fit(models[m], &(traffic_data){1, x, y, NULL}, 0).free_speed, 0);
        ck_assert_double_ge(fit(models[m], &(traffic_data){2, x, y, NULL}, 0).free_speed, 0);
        const traffic_diagram empty = fit(models[m], &(traffic_data){6, x, none, NULL}, 0);
        ck_assert_double_eq_tol(loss_of(&(traffic_data){6, x, none, NULL}, &empty), 0, 1e-20);
        const traffic_diagram plain = fit(models[m], &(traffic_data){6, x, y, NULL}, 0);
        for (int power = -90; power <= 90; power += 180) {
            const double scale = pow(10, power);
            double scaled[6];
            for (size_t i = 0; i < 6; i++)
                scaled[i] = scale * y[i];
            const traffic_diagram s = fit(models[m], &(traffic_data){6, x, scaled, NULL}, 0);
            ck_assert_double_eq_tol(s.free_speed / scale, plain.free_speed, 1e-4 * plain.free_speed);
        }
    }
    traffic_diagram d;
    crease_error error = {0};
    ck_assert_int_eq(
        traffic_fit_model("tanh:4", &(traffic_data){6, x, y, NULL}, NULL, false, 0, 1, NULL, &d, &error),
        CREASE_BAD_ARGUMENT);
    ck_assert(traffic_model_has_jam("physical:3") && !traffic_model_has_jam("s3") &&
              !traffic_model_has_jam("relu:3"));
}
END_TEST

Suite *test_traffic_curves(void) {
    Suite *suite = suite_create("traffic curves");
    TCase *all = tcase_create("curves");
    tcase_add_test(all, derivatives_are_differences);
    tcase_add_test(all, recovers_published_formulas);
    tcase_add_test(all, random_search_finds_nothing_better);
    tcase_add_test(all, imposed_jam_is_kept_and_costs);
    tcase_add_test(all, imposed_two_kinks_by_brute_force);
    tcase_add_test(all, pooled_rows_have_the_same_fit);
    tcase_add_test(all, local_fits_are_as_good_as_searches);
    tcase_add_test(all, strange_rows);
    tcase_set_timeout(all, 900);
    suite_add_tcase(suite, all);
    return suite;
}
