/* Whole fits a second, all starts, on clip(4 e, -1, 1) with a little noise. */
#include "bench/bench.h"
#include "crease/fit.h"
#include "crease/random.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct task {
    const char *spec;
    crease_data data;
    size_t starts;
    double rmse;
} task;

static void fit(void *context) {
    task *t = context;
    crease_error error;
    crease_net *net;
    crease_fit_result result;
    crease_fit_options options = {.starts = t->starts, .seed = 1};
    bench_must(crease_net_parse(t->spec, 1, 1, &net, &error), &error);
    bench_must(crease_fit(net, &t->data, &options, &result, &error), &error);
    t->rmse = result.score.rmse;
    crease_fit_result_clear(&result);
    crease_net_free(net);
}

static void row(const char *spec, size_t n, double size, double *last_size, double *last_seconds) {
    task t = {.spec = spec, .starts = 20, .data = {.n = n, .inputs = 1, .outputs = 1}};
    char growth[16];
    double *x = malloc(2 * n * sizeof *x), *y = x + n;
    gsl_rng *random = crease_random_new(7, n);
    if (!x || !random)
        bench_must(CREASE_NO_MEMORY, &(crease_error){.message = "no memory"});
    for (size_t i = 0; i < n; i++) {
        x[i] = gsl_ran_flat(random, -1, 1);
        y[i] = fmin(fmax(4 * x[i], -1), 1) + gsl_ran_gaussian(random, 0.05);
    }
    t.data.x = x;
    t.data.y = y;
    double seconds = bench_seconds(fit, &t);
    bench_growth_text(bench_growth(size, seconds, *last_size, *last_seconds), growth);
    printf("%-15s %8zu %10.4g %12.4g %10.5f %8s\n", spec, n, 1 / seconds, (double)t.starts / seconds, t.rmse,
           growth);
    fflush(stdout);
    *last_size = size;
    *last_seconds = seconds;
    gsl_rng_free(random);
    free(x);
}

void bench_fits(void) {
    static const size_t counts[] = {100, 1000, 10000};
    static const struct {
        const char *spec;
        double width;
    } nets[] = {{"affine+relu:2", 2}, {"affine+relu:4", 4}, {"affine+relu:8", 8},
                {"tanh:2", 2},        {"tanh:4", 4},        {"tanh:8", 8}};
    double last_size = 0, last_seconds = 0;
    printf("\nfits of clip(4 e, -1, 1) + noise of .05, 20 starts each, default method, all cores; growth: e "
           "of time ~ "
           "points^e, then of time ~ width^e\n");
    printf("%-15s %8s %10s %12s %10s %8s\n", "net", "points", "fits/s", "starts/s", "RMSE", "growth");
    for (size_t i = 0; i < 3; i++)
        row("affine+relu:2", counts[i], (double)counts[i], &last_size, &last_seconds);
    for (size_t i = 0; i < 6; i++) {
        if (i % 3 == 0)
            last_size = 0;
        row(nets[i].spec, 500, nets[i].width, &last_size, &last_seconds);
    }
}
