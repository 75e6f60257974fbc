/* make bench: how fast the library is on this machine, and how the time grows. */
#include "base/dense.h"
#include "bench/bench.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double bench_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double bench_cpu(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double bench_seconds(void (*work)(void *context), void *context) {
    double best = INFINITY;
    work(context); /* caches and first pages */
    for (int round = 0; round < 3; round++) {
        size_t calls = 0;
        double started = bench_now(), elapsed;
        do {
            work(context);
            calls++;
            elapsed = bench_now() - started;
        } while (elapsed < 0.25);
        best = fmin(best, elapsed / (double)calls);
    }
    return best;
}

enum { EDGE = 512 };

static void multiply(void *context) {
    double *A = context, *B = A + EDGE * EDGE, *C = B + EDGE * EDGE;
    crease_dense_gemm(false, false, EDGE, EDGE, EDGE, 1, A, EDGE, B, EDGE, 0, C, EDGE);
}

double bench_dgemm_rate(void) {
    double *matrices = calloc((size_t)3 * EDGE * EDGE, sizeof(double));
    if (!matrices)
        return NAN;
    for (size_t i = 0; i < (size_t)2 * EDGE * EDGE; i++)
        matrices[i] = sin((double)i);
    double seconds = bench_seconds(multiply, matrices);
    free(matrices);
    return 2.0 * EDGE * EDGE * EDGE / seconds;
}

double bench_growth(double size, double seconds, double last_size, double last_seconds) {
    return last_size > 0 ? log(seconds / last_seconds) / log(size / last_size) : NAN;
}

const char *bench_growth_text(double growth, char text[16]) {
    if (isnan(growth))
        snprintf(text, 16, "-");
    else
        snprintf(text, 16, "%.2f", growth);
    return text;
}

void bench_must(crease_status status, const crease_error *error) {
    if (status == CREASE_OK)
        return;
    fprintf(stderr, "bench: %s\n", error->message);
    exit(EXIT_FAILURE);
}

static const struct {
    const char *name;
    void (*run)(void);
} parts[] = {{"fits", bench_fits}, {"knots", bench_knots},  {"savings", bench_savings},
             {"lwr", bench_lwr},   {"csv", bench_csv},      {"ode", bench_ode},
             {"arm", bench_arm},   {"verify", bench_verify}};

static int finish(void) {
    return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* bench: everything but verify, which takes minutes. bench NAME: only this part. bench peers SEEDS [REFERENCE]: the long
 * comparison with other programs. */
int main(int count, char **argument) {
    crease_init();
    if (count > 2 && strcmp(argument[1], "peers") == 0) {
        size_t seeds = strtoul(argument[2], NULL, 10);
        bench_peers(seeds > 0 ? seeds : 1, count > 3 ? argument[3] : NULL);
        return finish();
    }
    for (size_t i = 0; i < sizeof parts / sizeof *parts && count > 1; i++)
        if (strcmp(argument[1], parts[i].name) == 0) {
            parts[i].run();
            return finish();
        }
    double rate = bench_dgemm_rate();
    printf("dgemm, 512 x 512, one thread: %.2f GFLOP/s\n", rate / 1e9);
    bench_networks(rate);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i].run != bench_verify)
            parts[i].run();
    bench_peers(0, NULL);
    return finish();
}
