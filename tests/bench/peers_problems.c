/* The one-dimensional problems: a parabolic and a triangular diagram of traffic, a value and a consumption
 * function with one kink, a clipped line, a damped sine; noise where the name ends in _n. */
#include "bench/bench.h"
#include "bench/peers.h"
#include "crease/csv.h"
#include "crease/random.h"
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double parabola(double x) {
    return fmax(0, 100 * x * (1 - x / 150));
}

static double triangle(double x) {
    return x < 20 ? 100 * x : 2000. / 130 * (150 - x);
}

static double value(double x) {
    return -1 / (1 + (x < 0 ? 1.3 : 1.03) * x);
}

static double consumption(double x) {
    return fmin(x, .04 * x + .9398 * sqrt(x + .0435));
}

static double clip(double x) {
    return fmin(fmax(4 * x, -1), 1);
}

static double damped_sine(double x) {
    return sin(2 * M_PI * x) * exp(-x);
}

static const struct source {
    const char *name;
    double (*truth)(double x);
    size_t n;
    double low, high, noise;
} sources[] = {{"a_parab", parabola, 360, -30, 210, 0}, {"b_parab_n", parabola, 360, -30, 210, 112.5},
               {"c_tri_n", triangle, 500, 0, 150, 100}, {"d_save", value, 300, -.5, 1, 0},
               {"e_cons", consumption, 300, 0, 5, 0},   {"f_clip", clip, 200, -1, 1, 0},
               {"h_sine", damped_sine, 200, 0, 2, 0}};

static void allocate(peer_problem *p, size_t n) {
    if (!(p->storage = malloc(2 * n * sizeof(double))))
        bench_must(CREASE_NO_MEMORY, &(crease_error){.message = "no memory for the data of a problem"});
    p->data = (crease_data){.n = n, .inputs = 1, .outputs = 1, .x = p->storage, .y = p->storage + n};
}

static void draw(peer_problem *p, const struct source *from, size_t stream) {
    gsl_rng *random = crease_random_new(3, stream);
    if (!random)
        bench_must(CREASE_NO_MEMORY, &(crease_error){.message = "no memory for random numbers"});
    allocate(p, from->n);
    double *x = p->storage, *y = x + from->n;
    for (size_t i = 0; i < from->n; i++)
        x[i] = gsl_ran_flat(random, from->low, from->high);
    gsl_sort(x, 1, from->n);
    for (size_t i = 0; i < from->n; i++)
        y[i] = from->truth(x[i]) + (from->noise > 0 ? gsl_ran_gaussian(random, from->noise) : 0);
    gsl_rng_free(random);
}

static void load(peer_problem *p, const char *folder) {
    static const char *const columns[] = {"x", "y"};
    crease_error error;
    crease_table *table;
    char path[512];
    snprintf(path, sizeof path, "%s/%s_train.csv", folder, p->name);
    bench_must(
        crease_csv_load(path, &(crease_csv_options){.columns = columns, .column_count = 2}, &table, &error),
        &error);
    allocate(p, table->rows);
    memcpy(p->storage, table->column[0], table->rows * sizeof(double));
    memcpy(p->storage + table->rows, table->column[1], table->rows * sizeof(double));
    crease_table_free(table);
}

/* Lines of problem,kind,k,RMSE over standard deviation,...; no cell is quoted. */
static void load_known(peer_table *table, const char *folder) {
    char path[512], line[256], name[32], kind[8];
    size_t k;
    double ratio;
    snprintf(path, sizeof path, "%s/best_known.csv", folder);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "%31[^,],%7[^,],%zu,%lf", name, kind, &k, &ratio) != 4)
            continue;
        for (size_t i = 0; i < table->problems; i++)
            for (size_t u = 0; u < table->units; u++) {
                peer_problem *p = &table->problem[i];
                if (strcmp(name, p->name) == 0 && k == table->unit[u])
                    p->known[strcmp(kind, "RELU") == 0][u] = ratio * p->deviation;
            }
    }
    if (file)
        fclose(file);
}

void peer_problems_new(peer_table *table, const char *const *names, const char *reference) {
    for (table->problems = 0; names[table->problems]; table->problems++) {
        peer_problem *p = &table->problem[table->problems];
        p->name = names[table->problems];
        for (size_t s = 0; s < sizeof sources / sizeof *sources; s++)
            if (!reference && strcmp(p->name, sources[s].name) == 0)
                draw(p, &sources[s], s);
        if (reference)
            load(p, reference);
        p->deviation =
            sqrt(gsl_stats_variance(p->data.y, 1, p->data.n) * (double)(p->data.n - 1) / (double)p->data.n);
        for (size_t u = 0; u < PEER_UNITS; u++)
            p->known[PEER_KNOTS][u] = p->known[PEER_UNITS_ONLY][u] = NAN;
    }
    if (reference)
        load_known(table, reference);
}

void peer_problems_free(peer_table *table) {
    for (size_t i = 0; i < table->problems; i++)
        free(table->problem[i].storage);
}
