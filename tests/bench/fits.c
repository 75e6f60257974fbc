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

typedef struct plane_task {
    crease_data data;
    crease_fit_options options;
    double rmse;
} plane_task;

static void fit_planes(plane_task *t, double *seconds) {
    crease_error error;
    crease_net *net;
    crease_fit_result result;
    bench_must(crease_net_parse("relu:6", 2, 1, &net, &error), &error);
    bench_must(crease_fit(net, &t->data, &t->options, &result, &error), &error);
    t->rmse = result.score.rmse;
    *seconds = result.seconds;
    crease_fit_result_clear(&result);
    crease_net_free(net);
}

/* Error and time of a default fit over those of 400 random starts of Levenberg-Marquardt, on the same data. */
static void planes_row(uint64_t seed) {
    enum { n = 400 };
    static const double plane[4][3] = {{1.1, .35, .05}, {-.8, .9, 0}, {-.55, -1.05, .1}, {.2, -.15, .3}};
    double x[2 * n], y[n], seconds, peer_seconds;
    gsl_rng *random = crease_random_new(5, 0);
    if (!random)
        bench_must(CREASE_NO_MEMORY, &(crease_error){.message = "no memory"});
    for (size_t i = 0; i < n; i++) {
        x[2 * i] = gsl_ran_flat(random, -1, 1);
        x[2 * i + 1] = gsl_ran_flat(random, -1, 1);
        y[i] = -INFINITY;
        for (size_t p = 0; p < 4; p++)
            y[i] = fmax(y[i], plane[p][0] * x[2 * i] + plane[p][1] * x[2 * i + 1] + plane[p][2]);
    }
    plane_task t = {.data = {.n = n, .inputs = 2, .outputs = 1, .x = x, .y = y}, .options.seed = seed};
    plane_task peer = t;
    peer.options.starts = 400;
    peer.options.method = CREASE_METHOD_LM;
    peer.options.init = CREASE_INIT_RANDOM;
    fit_planes(&t, &seconds);
    fit_planes(&peer, &peer_seconds);
    printf("%8zu %12.6g %12.6g %10.3f %10.3f %10.3f %10.3f\n", (size_t)seed, t.rmse, peer.rmse,
           t.rmse / peer.rmse, seconds, peer_seconds, seconds / peer_seconds);
    fflush(stdout);
    gsl_rng_free(random);
}

static void bench_planes(void) {
    printf(
        "\nrelu:6 on max of 4 planes, 400 points: default fit beside 400 random starts of lm; the ratios are "
        "default over lm\n");
    printf("%8s %12s %12s %10s %10s %10s %10s\n", "seed", "RMSE", "lm RMSE", "ratio", "s", "lm s", "ratio");
    for (uint64_t seed = 1; seed <= 3; seed++)
        planes_row(seed);
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
    bench_planes();
}
