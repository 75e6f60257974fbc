/* make bench-verify: crease verify on the ACAS Xu networks of CREASE_DATA_DIR, each query a process as a user runs it, and how the
 * engine's time grows with threads, width, depth and inputs on random networks. */
#include "crease/verify.h"
#include "bench/bench.h"
#include "bench/verify_run.h"
#include "crease/random.h"
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NETWORKS = 5, POINTS = 4000, LIMIT = 10 };

static double median(double *value, size_t count) {
    gsl_sort(value, 1, count);
    return value[count / 2];
}

/* ---- the shared queries ---- */

typedef struct totals {
    size_t right, wrong, unknown;
    double sum, worst, median;
} totals;

static totals run_queries(const verify_query *query, size_t count, size_t threads, verify_answer *answer,
                          bool print) {
    totals t = {0};
    double *seconds = calloc(count + 1, sizeof *seconds);
    for (size_t i = 0; i < count; i++) {
        answer[i] = verify_run(&query[i], threads);
        bool known = strcmp(answer[i].verdict, "unknown") != 0,
             same = strcmp(answer[i].verdict, query[i].verdict) == 0;
        t.right += same;
        t.unknown += !known;
        t.wrong += known && !same;
        t.sum += seconds[i] = answer[i].seconds;
        t.worst = fmax(t.worst, answer[i].seconds);
        if (print)
            printf("%-12s %-8s  %-8s %-8s %9.3f  %9.0f%s\n", query[i].network, query[i].property,
                   query[i].verdict, answer[i].verdict, answer[i].seconds, answer[i].nodes,
                   known && !same ? "  WRONG" : "");
        fflush(stdout);
    }
    t.median = count ? median(seconds, count) : NAN;
    free(seconds);
    return t;
}

static void print_totals(const totals *t, size_t count, size_t threads) {
    printf(
        "%zu thread%s: %zu of %zu right, %zu wrong, %zu unknown; sum %.2f s, median %.3f s, worst %.2f s\n",
        threads, threads == 1 ? "" : "s", t->right, count, t->wrong, t->unknown, t->sum, t->median, t->worst);
}

/* The five queries that took longest. */
static void scale_threads(const verify_query *query, const verify_answer *answer, size_t count) {
    enum { SLOWEST = 5 };
    size_t order[SLOWEST], n = count < SLOWEST ? count : SLOWEST;
    double *seconds = calloc(count + 1, sizeof *seconds);
    verify_query slow[SLOWEST];
    verify_answer again[SLOWEST];
    for (size_t i = 0; i < count; i++)
        seconds[i] = answer[i].seconds;
    gsl_sort_largest_index(order, n, seconds, 1, count);
    for (size_t i = 0; i < n; i++)
        slow[i] = query[order[i]];
    free(seconds);
    printf("the %zu slowest by threads:", n);
    for (size_t threads = 1; threads <= 8; threads *= 2)
        printf("%s %zu: %.2f s", threads == 1 ? "" : ",", threads,
               run_queries(slow, n, threads, again, false).sum);
    puts("");
}

static void bench_acasxu(void) {
    size_t count = 0;
    verify_query *query = verify_queries(&count);
    if (!query) {
        puts("no ACAS Xu networks: CREASE_DATA_DIR holds no acasxu/reference.csv");
        return;
    }
    verify_answer *answer = calloc(count + 1, sizeof *answer);
    printf("whole process without work (crease --version): %.4f s\n\n", verify_startup());
    puts("network      property  expected verdict    seconds      boxes");
    totals one = run_queries(query, count, 1, answer, true);
    print_totals(&one, count, 1);
    scale_threads(query, answer, count);
    free(answer);
    verify_queries_free(query, count);
}

/* ---- random networks ---- */

typedef struct shape {
    size_t inputs, depth, width;
} shape;

/* He's initial weights; biases as well, so that units switch off the origin. */
static crease_net *random_network(const shape *s, gsl_rng *rng) {
    char spec[256] = "";
    crease_net *net;
    crease_error error;
    for (size_t l = 0; l < s->depth; l++)
        snprintf(spec + strlen(spec), sizeof spec - strlen(spec), "%srelu:%zu", l ? "/" : "", s->width);
    bench_must(crease_net_parse(spec, s->inputs, 1, &net, &error), &error);
    size_t second = s->depth > 1 ? net->layer[1].weights : net->output_weights;
    for (size_t i = 0; i < net->parameter_count; i++)
        net->theta[i] = gsl_ran_gaussian(rng, sqrt(2 / (double)(i < second ? s->inputs : s->width)));
    return net;
}

/* Range of the output on the box: random points, and then smaller and smaller steps from the lowest one. */
static void find_range(const crease_net *net, gsl_rng *rng, double *least, double *most) {
    crease_work *work;
    crease_error error;
    size_t d = net->inputs;
    double *x = calloc(2 * d, sizeof *x), *best = x + d, y;
    *least = INFINITY;
    *most = -INFINITY;
    bench_must(crease_work_new(net, &work, &error), &error);
    for (size_t i = 0; i < 2 * POINTS; i++) {
        double step = i < POINTS ? 2 : pow(1e-4, (double)(i - POINTS) / POINTS);
        for (size_t k = 0; k < d; k++)
            x[k] = fmin(fmax((i < POINTS ? 0 : best[k]) + step * (gsl_rng_uniform(rng) - .5), -1), 1);
        crease_net_evaluate(net, NULL, work, 1, x, &y);
        *most = fmax(*most, y);
        if (y < *least) {
            *least = y;
            memcpy(best, x, d * sizeof *x);
        }
    }
    free(x);
    crease_work_free(work);
}

/* y <= threshold, a fiftieth of the range below the least value that was found: true nowhere, as a rule. */
static crease_specification *random_question(const crease_net *net, gsl_rng *rng) {
    crease_error error;
    crease_specification *specification;
    size_t d = net->inputs;
    double *lower = calloc(3 * (d + 1), sizeof *lower), *upper = lower + d, *row = upper + d, least, most;
    find_range(net, rng, &least, &most);
    for (size_t k = 0; k < d; k++) {
        lower[k] = -1;
        upper[k] = 1;
    }
    row[d] = 1;
    double constant = .02 * (most - least) - least;
    bench_must(crease_specification_box(d, 1, lower, upper, &specification, &error), &error);
    bench_must(crease_specification_add(specification, 0, 1, row, &constant, &error), &error);
    free(lower);
    return specification;
}

static void print_growth(const shape *s, size_t size, double last[2]) {
    double seconds[NETWORKS], nodes[NETWORKS];
    size_t open = 0, refuted = 0;
    for (size_t n = 0; n < NETWORKS; n++) {
        gsl_rng *rng = crease_random_new(11 + n, 1000 * s->depth + 100000 * s->inputs + s->width);
        crease_net *net = random_network(s, rng);
        crease_specification *specification = random_question(net, rng);
        crease_verify_result result;
        crease_error error;
        bench_must(crease_verify(net, specification, &(crease_verify_options){.threads = 1, .timeout = LIMIT},
                                 &result, &error),
                   &error);
        seconds[n] = result.seconds;
        nodes[n] = (double)result.nodes;
        open += result.verdict == CREASE_UNKNOWN;
        refuted += result.verdict == CREASE_REFUTED;
        crease_verify_result_clear(&result);
        crease_specification_free(specification);
        crease_net_free(net);
        gsl_rng_free(rng);
    }
    char text[16];
    double typical = median(seconds, NETWORKS);
    printf("%6zu  %5zu  %5zu  %10.5f  %6s  %8.0f  %7zu  %9zu\n", s->inputs, s->depth, s->width, typical,
           bench_growth_text(bench_growth((double)size, typical, last[0], last[1]), text),
           median(nodes, NETWORKS), refuted, open);
    fflush(stdout);
    last[0] = (double)size;
    last[1] = typical;
}

static void bench_random(void) {
    static const shape wider[] = {{2, 2, 8}, {2, 2, 16}, {2, 2, 32}, {2, 2, 64}, {2, 2, 128}, {2, 2, 256}};
    static const shape deeper[] = {{2, 1, 16}, {2, 2, 16}, {2, 3, 16}, {2, 4, 16}, {2, 6, 16}, {2, 8, 16}};
    static const shape more[] = {{1, 2, 16}, {2, 2, 16}, {3, 2, 16}, {4, 2, 16}, {6, 2, 16}, {8, 2, 16}};
    double last[3][2] = {{0}};
    printf("\nrandom networks, one thread, median of %d, limit %d s\n", NETWORKS, LIMIT);
    puts("inputs  depth  width     seconds  growth     boxes  refuted  undecided");
    for (size_t i = 0; i < sizeof wider / sizeof *wider; i++)
        print_growth(&wider[i], wider[i].width, last[0]);
    puts("");
    for (size_t i = 0; i < sizeof deeper / sizeof *deeper; i++)
        print_growth(&deeper[i], deeper[i].depth, last[1]);
    puts("");
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        print_growth(&more[i], more[i].inputs, last[2]);
}

void bench_verify(void) {
    bench_acasxu();
    bench_random();
}
