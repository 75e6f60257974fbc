/* make bench: the stochastic savings problem K3 by crease and by endogenous grid points as they are usually written: straight lines
 * between nodes, a binary search for each, no node but the grid's and the kinks' of this period. */
#include "savings/savings.h"
#include "bench/bench.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REFERENCE_NODES = 16000, TEST_POINTS = 2000 };

static savings_solution *solve(size_t nodes, size_t threads) {
    savings_parameters p = savings_defaults(SAVINGS_K3);
    savings_solve_options options = {.grid = {.nodes = nodes, .threads = threads}};
    savings_solution *solution;
    crease_error error = {0};
    bench_must(savings_solve(SAVINGS_K3, &p, &options, &solution, &error), &error);
    return solution;
}

/* Cash on hand and consumption at the nodes, straight between. */
typedef struct plain_policy {
    size_t count;
    double *m, *c;
} plain_policy;

static double plain_consumption(const plain_policy *policy, double m) {
    size_t low = 0, high = policy->count - 1;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (policy->m[middle] <= m)
            low = middle;
        else
            high = middle;
    }
    return policy->c[low] +
           (policy->c[high] - policy->c[low]) * (m - policy->m[low]) / (policy->m[high] - policy->m[low]);
}

/* The first node is the limit, where nothing is consumed; a = 0 has two. */
static void plain_solve(const savings_household *h, size_t nodes, plain_policy *policy, double *a,
                        double *next) {
    const savings_shocks *shocks = h->shocks[0];
    size_t count = 0;
    for (size_t i = 0; i < nodes; i++) {
        double here = h->limit + expm1((double)i / (double)(nodes - 1) * log(51));
        if (here > 0 && count > 0 && a[count - 1] < 0) {
            a[count++] = 0;
            a[count++] = 0;
        }
        a[count++] = here;
    }
    policy->count = count + 1;
    policy->m[0] = h->limit;
    policy->c[0] = 0;
    for (size_t i = 0; i < count; i++) {
        policy->m[i + 1] = h->limit + (double)(i + 1);
        policy->c[i + 1] = (double)(i + 1);
    }
    for (double moved = 1; moved > 1e-11;) {
        moved = 0;
        for (size_t i = 0; i < count; i++) {
            double rate = a[i] < 0 || (a[i] == 0 && a[i + 1] == 0) ? h->rate[0] : h->rate[1], sum = 0;
            for (size_t k = 0; k < shocks->count; k++) {
                double growth = h->growth * shocks->permanent[k];
                double c = plain_consumption(policy, rate * a[i] / growth + shocks->transitory[k]);
                sum += shocks->probability[k] / (growth * growth * c * c);
            }
            next[i] = 1 / sqrt(h->discount * rate * sum);
        }
        for (size_t i = 0; i < count; i++) {
            moved = fmax(moved, fabs(next[i] - policy->c[i + 1]));
            policy->c[i + 1] = next[i];
            policy->m[i + 1] = a[i] + next[i];
        }
    }
}

static double test_point(const savings_solution *solution, size_t i) {
    return solution->lowest_m + .01 + 10. * (double)i / TEST_POINTS;
}

static void compare(const savings_solution *reference, size_t nodes, double *last) {
    double started = bench_cpu(), error[2] = {0, 0}, seconds[2], mean = 0, largest = -INFINITY;
    savings_solution *made = solve(nodes, 1);
    seconds[0] = bench_cpu() - started;
    double *memory = calloc(4 * (nodes + 4), sizeof *memory);
    plain_policy plain = {0, memory, memory + nodes + 4};
    started = bench_cpu();
    plain_solve(made->household, nodes, &plain, memory + 2 * (nodes + 4), memory + 3 * (nodes + 4));
    seconds[1] = bench_cpu() - started;
    size_t counted = 0;
    for (size_t i = 0; i < TEST_POINTS; i++) {
        double m = test_point(reference, i), exact = savings_consumption(reference, m);
        double euler = savings_evaluate(made, m).log10_euler;
        error[0] = fmax(error[0], fabs(savings_consumption(made, m) - exact));
        error[1] = fmax(error[1], fabs(plain_consumption(&plain, m) - exact));
        if (isnan(euler))
            continue;
        mean += euler;
        largest = fmax(largest, euler);
        counted++;
    }
    char text[16];
    printf("%6zu  %8.3f  %6s  %8.1e  %6.2f  %6.2f   %8.3f  %8.1e  %8.0f\n", nodes, seconds[0],
           bench_growth_text(bench_growth((double)nodes, seconds[0], last[0], last[1]), text), error[0],
           mean / (double)counted, largest, seconds[1], error[1], error[1] / error[0]);
    last[0] = (double)nodes;
    last[1] = seconds[0];
    free(memory);
    savings_solution_free(made);
}

void bench_savings(void) {
    static const size_t nodes[] = {48, 100, 200, 500, 1000, 2000, 4000};
    savings_solution *reference = solve(REFERENCE_NODES, 0);
    double last[2] = {0, 0};
    printf("\nsavings problem K3, value included; error of c for m up to 10 against %d nodes, Euler errors "
           "in log10\n",
           REFERENCE_NODES);
    puts(" nodes   seconds  growth     error    mean     max    plain s     error  error ratio");
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
        compare(reference, nodes[i], last);
    for (size_t threads = 1; threads <= 8; threads *= 2) {
        double started = bench_now();
        savings_solution *made = solve(4000, threads);
        printf("%zu threads, 4000 nodes: %.3f s\n", threads, bench_now() - started);
        savings_solution_free(made);
    }
    savings_solution_free(reference);
}
