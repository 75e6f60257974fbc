#include "support/traffic_data.h"
#include "crease/csv.h"
#include "crease/random.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

traffic_sample traffic_sample_random(size_t n, uint64_t seed, double noise) {
    traffic_sample s = {.n = n};
    gsl_rng *generator = crease_random_new(seed, 0);
    const double free_speed = gsl_ran_flat(generator, 60, 130), jam = gsl_ran_flat(generator, 80, 160);
    const double wave = gsl_ran_flat(generator, 10, 30),
                 end = seed % 2 ? 1.1 * jam : gsl_ran_flat(generator, .5, 1) * jam;
    for (size_t i = 0; i < n; i++) {
        const double x = gsl_ran_flat(generator, 1, end);
        s.density[i] = x;
        s.flow[i] =
            fmax(0, fmax(0, fmin(free_speed * x, wave * (jam - x))) + gsl_ran_gaussian(generator, noise));
        s.weight[i] = gsl_ran_flat(generator, .5, 2);
    }
    gsl_rng_free(generator);
    return s;
}

traffic_data traffic_sample_data(const traffic_sample *s) {
    return (traffic_data){s->n, s->density, s->flow, s->weight};
}

double traffic_sample_loss(const traffic_sample *s, const traffic_diagram *diagram) {
    double loss = 0;
    for (size_t i = 0; i < s->n; i++) {
        const double r = s->flow[i] - traffic_diagram_flow(diagram, s->density[i]);
        loss += s->weight[i] * r * r;
    }
    return loss;
}

traffic_diagram traffic_sample_fit(const traffic_sample *s, size_t kinks) {
    traffic_diagram diagram;
    crease_error error;
    const traffic_data data = traffic_sample_data(s);
    const crease_status status = kinks == 0 ? traffic_fit_greenshields(&data, &diagram, &error)
                                            : traffic_fit_physical(&data, kinks, 1, &diagram, &error);
    ck_assert_msg(status == CREASE_OK, "%s", error.message);
    return diagram;
}

static int compare_density(const void *a, const void *b, void *context) {
    const double *density = context, x = density[*(const size_t *)a], y = density[*(const size_t *)b];
    return x < y ? -1 : x > y;
}

void traffic_sample_order(const traffic_sample *s, size_t *order) {
    for (size_t i = 0; i < s->n; i++)
        order[i] = i;
    qsort_r(order, s->n, sizeof *order, compare_density, (void *)s->density);
}

crease_table *traffic_test_load(const char *path, const char *where, const char *first, const char *second) {
    crease_table *table = NULL;
    crease_error error;
    const crease_csv_options options = {
        .columns = (const char *const[]){first, second}, .column_count = 2, .where = where};
    ck_assert_msg(crease_csv_load(path, &options, &table, &error) == CREASE_OK, "%s", error.message);
    return table;
}

char *traffic_test_measured(const char *name) {
    const char *folder = getenv("CREASE_DATA_DIR");
    char *path = NULL;
    if (!folder || asprintf(&path, "%s/traffic/%s", folder, name) < 0)
        return NULL;
    if (access(path, R_OK) == 0)
        return path;
    free(path);
    return NULL;
}

traffic_study *traffic_test_study(size_t n, const double *density, const double *flow,
                                  const char *const *models, size_t count, traffic_study_options options) {
    traffic_study *result = NULL;
    crease_error error;
    ck_assert_msg(traffic_study_run(n, density, flow, models, count, &options, &result, &error) == CREASE_OK,
                  "%s", error.message);
    ck_assert_uint_eq(result->row_count, count);
    return result;
}
