/* Points a second of a network's value, gradient and Jacobian. With d inputs and one hidden layer of w units
 * a point costs 2 w (d + 1) operations forward; the gradient twice as much again; the Jacobian the forward
 * pass and one or two operations for each of its p = w (d + 2) + 1 entries, so it is limited by writing them.
 */
#include "bench/bench.h"
#include "crease/initialise.h"
#include "crease/net.h"
#include "crease/random.h"
#include <gsl/gsl_randist.h>
#include <stdio.h>
#include <stdlib.h>

enum { INPUTS = 4 };

typedef struct task {
    crease_net *net;
    crease_work *work;
    size_t n;
    double *x, *y, *dy, *gradient, *J;
} task;

static void forward(void *context) {
    task *t = context;
    crease_net_evaluate(t->net, NULL, t->work, t->n, t->x, t->y);
}

static void gradient(void *context) {
    task *t = context;
    crease_net_gradient(t->net, NULL, t->work, t->n, t->x, t->dy, t->y, t->gradient);
}

static void jacobian(void *context) {
    task *t = context;
    crease_net_jacobian(t->net, NULL, t->work, t->n, t->x, t->y, t->J, t->net->parameter_count);
}

static void task_make(task *t, const char *spec, size_t n) {
    crease_error error;
    bench_must(crease_net_parse(spec, INPUTS, 1, &t->net, &error), &error);
    bench_must(crease_work_new(t->net, &t->work, &error), &error);
    size_t p = t->net->parameter_count;
    t->n = n;
    t->x = malloc(n * INPUTS * sizeof(double));
    t->y = malloc(n * sizeof(double));
    t->dy = malloc(n * sizeof(double));
    t->gradient = calloc(p, sizeof(double));
    t->J = malloc(n * p * sizeof(double));
    gsl_rng *random = crease_random_new(1, 0);
    if (!t->x || !t->y || !t->dy || !t->gradient || !t->J || !random)
        bench_must(CREASE_NO_MEMORY, &(crease_error){.message = "no memory"});
    crease_net_initialise(t->net, CREASE_INIT_HE, random, t->net->theta);
    for (size_t i = 0; i < n * INPUTS; i++)
        t->x[i] = gsl_ran_gaussian(random, 1);
    for (size_t i = 0; i < n; i++)
        t->dy[i] = gsl_ran_gaussian(random, 1);
    gsl_rng_free(random);
}

static void task_clear(task *t) {
    crease_work_free(t->work);
    crease_net_free(t->net);
    free(t->x);
    free(t->y);
    free(t->dy);
    free(t->gradient);
    free(t->J);
}

static const struct {
    const char *name;
    void (*work)(void *context);
    double forward_passes, operations_an_entry;
} kinds[] = {{"forward", forward, 1, 0}, {"gradient", gradient, 3, 0}, {"Jacobian", jacobian, 1, 2}};

static void row(const char *what, const char *spec, size_t n, size_t kind, double dgemm_rate,
                double *last_size, double *last_seconds, bool by_width) {
    task t = {0};
    char growth[16];
    task_make(&t, spec, n);
    double width = (double)crease_net_unit_count(t.net);
    double seconds = bench_seconds(kinds[kind].work, &t);
    double operations = (double)n * (kinds[kind].forward_passes * 2 * width * (INPUTS + 1) +
                                     kinds[kind].operations_an_entry * (double)t.net->parameter_count);
    double size = by_width ? width : (double)n;
    bench_growth_text(bench_growth(size, seconds, *last_size, *last_seconds), growth);
    printf("%-9s %-12s %8zu %14.3g %11.2f %9.1f%% %8s\n", what, spec, n, (double)n / seconds,
           operations / seconds / 1e9, 100 * operations / seconds / dgemm_rate, growth);
    fflush(stdout);
    *last_size = size;
    *last_seconds = seconds;
    task_clear(&t);
}

void bench_networks(double dgemm_rate) {
    static const size_t counts[] = {100, 1000, 10000, 100000};
    static const char *const widths[] = {"relu:4", "relu:16", "relu:64", "relu:256", "tanh:16", "tanh:64"};
    printf("\nnetworks of %d inputs, one thread; growth: e of time ~ points^e, then of time ~ width^e\n",
           INPUTS);
    printf("%-9s %-12s %8s %14s %11s %10s %8s\n", "", "net", "points", "points/s", "GFLOP/s", "of dgemm",
           "growth");
    for (size_t kind = 0; kind < 3; kind++) {
        double last_size = 0, last_seconds = 0;
        for (size_t i = 0; i < 4; i++)
            row(kinds[kind].name, "relu:16", counts[i], kind, dgemm_rate, &last_size, &last_seconds, false);
        last_size = 0;
        for (size_t i = 0; i < 6; i++) {
            if (i == 4) /* another activation: no growth from relu:256 */
                last_size = 0;
            row(kinds[kind].name, widths[i], 2000, kind, dgemm_rate, &last_size, &last_seconds, true);
        }
    }
}
