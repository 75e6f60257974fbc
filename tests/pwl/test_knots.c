/* Optimal knots against brute force over all ways to place them. */
#include "crease/knots.h"
#include "crease/random.h"
#include "support/brute.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 32, KINDS = 10 };

typedef struct sample {
    size_t n;
    double x[MOST], y[MOST], weight[MOST];
    bool weighted;
} sample;

static crease_data data_of(const sample *s) {
    return (crease_data){.n = s->n,
                         .inputs = 1,
                         .outputs = 1,
                         .x = s->x,
                         .y = s->y,
                         .weight = s->weighted ? s->weight : NULL};
}

static double planted(double x) {
    return x < .3 ? 2 * x : x < .6 ? .6 - 3 * (x - .3) : -.3 + x - .6;
}

static void draw(gsl_rng *rng, int kind, size_t n, sample *s) {
    *s = (sample){.n = n, .weighted = kind % 2 == 1};
    for (size_t i = 0; i < n; i++) {
        double x = gsl_rng_uniform(rng), noise = gsl_ran_gaussian(rng, 1);
        s->weight[i] = gsl_rng_uniform(rng) + .05;
        switch (kind) {
        case 0: s->x[i] = x, s->y[i] = noise; break;
        case 1: s->x[i] = x, s->y[i] = planted(x) + .05 * noise; break;
        case 2: s->x[i] = x, s->y[i] = sin(5 * x); break;
        case 3: s->x[i] = floor(10 * x), s->y[i] = floor(3 * noise); break;
        case 4: s->x[i] = (double)i, s->y[i] = exp(-.3 * (double)i) + .1 * noise; break;
        case 5: s->x[i] = 1e6 + x, s->y[i] = 1e6 + noise; break;
        case 6: s->x[i] = 1e150 * x, s->y[i] = 1e150 * (planted(x) + .2 * noise); break;
        case 7: s->x[i] = 1e-150 * x, s->y[i] = 1e-150 * (x * x + .1 * noise); break;
        case 8: s->x[i] = floor(3 * x) + 1e-3 * gsl_rng_uniform(rng), s->y[i] = noise + x; break;
        default: s->x[i] = x * x * x, s->y[i] = fabs(x - .4) + (i == 2 ? 4 : .1 * noise); break;
        }
    }
}

static size_t distinct(const sample *s) {
    size_t count = 0;
    for (size_t i = 0; i < s->n; i++) {
        bool seen = false;
        for (size_t j = 0; j < i; j++)
            seen = seen || s->x[j] == s->x[i];
        count += seen ? 0 : 1;
    }
    return count;
}

static crease_knots_result fit(const crease_data *data, const crease_knots_options *options) {
    crease_knots_result result;
    crease_error error = {0};
    crease_status status = crease_knots_fit(data, options, &result, &error);
    ck_assert_msg(status == CREASE_OK, "%s", error.message);
    return result;
}

/* One case; what it is, goes into messages. */
static void compare(uint64_t seed, int kind, size_t n, size_t k, size_t min_points) {
    gsl_rng *rng = crease_random_new(seed, (uint64_t)kind);
    sample s;
    draw(rng, kind, n, &s);
    gsl_rng_free(rng);
    size_t points = distinct(&s), needed = min_points ? (k + 1) * min_points : k + 2;
    if (points < needed || points < k + 2)
        return;
    crease_data data = data_of(&s);
    double tss, least = brute_knots(&data, k, min_points, &tss);
    crease_knots_options options = {.knots = k, .min_points = min_points ? min_points : CREASE_NO_MINIMUM};
    crease_knots_result r = fit(&data, &options);
    double found = r.rmse / sqrt(r.tss) * r.rmse / sqrt(r.tss) * (r.sse > 0 ? r.sse / (r.rmse * r.rmse) : 0);
    double bound = r.lower_bound / r.tss, slack = 1e-9 * least + 1e-13;
    char what[200];
    snprintf(what, sizeof what, "seed %d kind %d n %zu k %zu min %zu: found %.12g bound %.12g brute %.12g%s",
             (int)seed, kind, n, k, min_points, found, bound, least, r.certified ? " certified" : "");
    slack += min_points < 2 ? 1e-8 * least + 1e-9 : 0;
    ck_assert_msg(fabs(r.tss - tss) <= 1e-9 * tss, "%s tss", what);
#ifdef SURVEY
    if (!(found <= least + slack)) printf("WORSE %s\n", what);
    if (!(found >= least - slack)) printf("BETTER? %s\n", what);
    if (!(bound <= least + slack)) printf("BOUND %s\n", what);
    if (r.certified && !(found <= least * (1 + 1e-6) + slack)) printf("CERT %s\n", what);
    if (!r.certified) printf("not certified %s\n", what);
#else
    ck_assert_msg(found <= least + slack, "worse than the optimum: %s", what);
    ck_assert_msg(found >= least - slack, "better than the optimum: %s", what);
    ck_assert_msg(bound <= least + slack, "bound above the optimum: %s", what);
    ck_assert_msg(!r.certified || found <= least * (1 + 1e-6) + slack, "certified: %s", what);
#endif
    crease_knots_result_clear(&r);
}

START_TEST(test_brute_force) {
    size_t cases = test_cases(40, 400);
    size_t min_points = (size_t)_i;
    for (size_t c = 0; c < cases; c++)
        for (int kind = 0; kind < KINDS; kind++) {
            size_t k = 1 + c % 3, most = k == 3 ? 10 : 14;
            size_t n = 6 + (c * 7 + (size_t)kind) % (most - 5);
            if (n < (k + 1) * min_points)
                n = (k + 1) * min_points + c % 3;
            compare(c, kind, n, k, min_points);
        }
}
END_TEST

Suite *test_knots(void) {
    Suite *suite = suite_create("knots");
    TCase *brute = tcase_create("brute force");
    tcase_set_timeout(brute, 300);
    tcase_add_loop_test(brute, test_brute_force, 0, 4);
    suite_add_tcase(suite, brute);
    return suite;
}
