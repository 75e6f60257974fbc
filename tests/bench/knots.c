/* How the search for knots grows, with the points, the knots and the units of a network, certificate included, on
 * sin(2 pi x) exp(-x), with noise of .05 and without. */
#include "crease/knots.h"
#include "bench/bench.h"
#include "crease/fit.h"
#include "crease/random.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct outcome {
    double seconds, rmse, gap, bytes;
} outcome;

static double *draw(size_t n, double noise) {
    double *x = malloc(2 * n * sizeof *x), *y = x + n;
    gsl_rng *random = crease_random_new(5, n);
    if (!x || !random)
        bench_must(CREASE_NO_MEMORY, &(crease_error){.message = "no memory for the data"});
    for (size_t i = 0; i < n; i++) {
        x[i] = gsl_ran_flat(random, 0, 2);
        y[i] = sin(2 * M_PI * x[i]) * exp(-x[i]) + (noise > 0 ? gsl_ran_gaussian(random, noise) : 0);
    }
    gsl_rng_free(random);
    return x;
}

static double peak(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return 1024. * (double)used.ru_maxrss;
}

static outcome knots(const crease_data *data, size_t k) {
    crease_error error;
    crease_knots_result found;
    crease_knots_options options = {.knots = k};
    double before = peak(), began = bench_cpu();
    bench_must(crease_knots_fit(data, &options, &found, &error), &error);
    outcome o = {bench_cpu() - began, found.rmse, found.gap, peak() - before};
    crease_knots_result_clear(&found);
    return o;
}

/* In a process of its own, whose peak of memory is that of the search. */
static outcome knots_apart(const crease_data *data, size_t k) {
    int ends[2];
    outcome o = {NAN, NAN, NAN, NAN};
    fflush(stdout);
    if (pipe(ends))
        return o;
    pid_t child = fork();
    if (child == 0) {
        o = knots(data, k);
        _exit(write(ends[1], &o, sizeof o) == (ssize_t)sizeof o ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    close(ends[1]);
    if (child < 0 || read(ends[0], &o, sizeof o) != (ssize_t)sizeof o)
        o.seconds = NAN;
    close(ends[0]);
    if (child > 0)
        waitpid(child, NULL, 0);
    return o;
}

static void row(size_t n, size_t k, double noise, double size, double *last_size, double *last_seconds) {
    char growth[16];
    double *x = draw(n, noise);
    outcome o = knots_apart(&(crease_data){.n = n, .inputs = 1, .outputs = 1, .x = x, .y = x + n}, k);
    bench_growth_text(bench_growth(size, o.seconds, *last_size, *last_seconds), growth);
    printf("%8zu %6zu %6.2f %11.4g %8s %11.5g %10.2g %12.4g\n", n, k, noise, o.seconds, growth, o.rmse, o.gap,
           o.bytes / (double)n);
    fflush(stdout);
    *last_size = size;
    *last_seconds = o.seconds;
    free(x);
}

static void network_row(size_t units, double *last_size, double *last_seconds) {
    crease_error error;
    crease_net *net;
    crease_fit_result found;
    crease_fit_options options = {.seed = 1, .threads = 1};
    char spec[32], growth[16];
    double *x = draw(400, .05);
    crease_data data = {.n = 400, .inputs = 1, .outputs = 1, .x = x, .y = x + 400};
    snprintf(spec, sizeof spec, "relu:%zu", units);
    double began = bench_cpu();
    bench_must(crease_net_parse(spec, 1, 1, &net, &error), &error);
    bench_must(crease_fit(net, &data, &options, &found, &error), &error);
    double seconds = bench_cpu() - began;
    bench_growth_text(bench_growth((double)units, seconds, *last_size, *last_seconds), growth);
    printf("%-15s %11.4g %8s %11.5g\n", spec, seconds, growth, found.score.rmse);
    fflush(stdout);
    *last_size = (double)units;
    *last_seconds = seconds;
    crease_fit_result_clear(&found);
    crease_net_free(net);
    free(x);
}

void bench_knots(void) {
    static const size_t points[] = {100, 1000, 10000, 100000, 1000000}, numbers[] = {1, 2, 4, 8, 16, 32, 50};
    static const double noises[] = {0, .05};
    printf(
        "\nknots of least squares with certificate, one thread; growth: e of time ~ points^e, then of time ~ "
        "knots^e\n%8s %6s %6s %11s %8s %11s %10s %12s\n",
        "points", "knots", "noise", "CPU s", "growth", "RMSE", "gap", "bytes/point");
    for (size_t j = 0; j < 2; j++) {
        double size = 0, seconds = 0;
        for (size_t i = 0; i < sizeof points / sizeof *points; i++)
            row(points[i], 8, noises[j], (double)points[i], &size, &seconds);
    }
    for (size_t j = 0; j < 2; j++) {
        double size = 0, seconds = 0;
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
            row(1000, numbers[i], noises[j], (double)numbers[i], &size, &seconds);
    }
    double size = 0, seconds = 0;
    printf("\nnetworks without affine path, 400 points, noise of .05, a default fit on one thread; growth: e "
           "of time ~ "
           "units^e\n%-15s %11s %8s %11s\n",
           "net", "CPU s", "growth", "RMSE");
    for (size_t units = 1; units <= 32; units *= 2)
        network_row(units, &size, &seconds);
}
