/* What exactness costs in the phase plane of a ReLU law: the worst overshoot over all starts by the exact reach set, against
 * the best of random motions, which never get there; and the linear regions of a 2-25-25-1 net, against the patterns that
 * random points find. */
#include "arm/network.h"
#include "arm/plane/plane_reach.h"
#include "bench/bench.h"
#include "crease/random.h"
#include "crease/regions.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 100, UNITS = 50 };

static void bench_reach(void) {
    arm_plant plant;
    crease_net *seen, *law;
    arm_network network;
    arm_reach *reach;
    crease_error error;
    const arm_reach_options o = {.sample = 0.01, .steps = STEPS, .low = {-1.6, -0.5}, .high = {-1.4, 0.5}};
    bench_must(arm_plant_find("A", &plant, &error), &error);
    bench_must(arm_plane_example_law(&seen, &error), &error);
    bench_must(arm_network_bind(seen, 1, NULL, &network, &error), &error);
    bench_must(arm_network_in_plane(&network, 0, &law, &error), &error);
    crease_net_free(seen);
    plant.gravity = 0;
    double begin = bench_cpu(), exact = 0;
    bench_must(arm_reach_new(&plant, law, &o, &reach, &error), &error);
    double seconds = bench_cpu() - begin;
    for (size_t k = 0; k < reach->count; k++)
        exact = fmax(exact, reach->step[k].beyond_between.value);
    arm_reach_free(reach);
    printf("\nworst overshoot over all starts, exactly: %.12g rad in %.2f ms\n%10s %16s %12s %10s\n", exact,
           1e3 * seconds, "random", "best found", "short by", "time ratio");
    gsl_rng *random = crease_random_new(1, 0);
    double best = 0, spent = 0;
    for (size_t motions = 100, done = 0; motions <= 100000; motions *= 10) {
        begin = bench_cpu();
        for (; done < motions; done++) {
            double most[2], start[2] = {gsl_ran_flat(random, o.low[0], o.high[0]),
                                        gsl_ran_flat(random, o.low[1], o.high[1])};
            bench_must(arm_reach_simulate(&plant, law, o.sample, STEPS, start, NULL, NULL, most, &error),
                       &error);
            best = fmax(best, most[0]);
        }
        spent += bench_cpu() - begin;
        printf("%10zu %16.12g %12.2g %10.1f\n", motions, best, exact - best, spent / seconds);
    }
    gsl_rng_free(random);
    crease_net_free(law);
}

static int compare(const void *a, const void *b) {
    return memcmp(a, b, UNITS);
}

/* The on/off pattern of all units at a point, by hand: two hidden layers of 25. */
static void pattern(const crease_net *net, const double *x, char *on) {
    const double *v = net->theta;
    double a[UNITS / 2];
    for (size_t u = 0; u < UNITS / 2; u++) {
        double z = v[net->layer[0].biases + u] + v[2 * u] * x[0] + v[2 * u + 1] * x[1];
        on[u] = z > 0;
        a[u] = fmax(z, 0);
    }
    for (size_t u = 0; u < UNITS / 2; u++) {
        double z = v[net->layer[1].biases + u];
        for (size_t k = 0; k < UNITS / 2; k++)
            z += v[net->layer[1].weights + u * UNITS / 2 + k] * a[k];
        on[UNITS / 2 + u] = z > 0;
    }
}

static size_t patterns_found(const crease_net *net, gsl_rng *random, size_t points) {
    char *on = malloc(points * UNITS);
    if (!on)
        bench_must(CREASE_NO_MEMORY, &(crease_error){.message = "no memory"});
    for (size_t i = 0; i < points; i++)
        pattern(net, (double[]){gsl_ran_flat(random, -1, 1), gsl_ran_flat(random, -1, 1)}, on + i * UNITS);
    qsort(on, points, UNITS, compare);
    size_t count = 1;
    for (size_t i = 1; i < points; i++)
        count += memcmp(on + (i - 1) * UNITS, on + i * UNITS, UNITS) != 0;
    free(on);
    return count;
}

static void bench_mosaic(void) {
    crease_net *net;
    crease_regions *regions;
    crease_error error;
    crease_number low[2], high[2];
    gsl_rng *random = crease_random_new(2, 0);
    bench_must(crease_net_parse("relu:25/relu:25", 2, 1, &net, &error), &error);
    for (size_t j = 0; j < net->parameter_count; j++)
        net->theta[j] = gsl_ran_gaussian(random, 0.5);
    for (size_t j = 0; j < 2; j++) {
        bench_must(crease_number_from_double(-1, &low[j], &error), &error);
        bench_must(crease_number_from_double(1, &high[j], &error), &error);
    }
    double begin = bench_cpu();
    bench_must(crease_regions_box(net, low, high, NULL, &regions, &error), &error);
    double seconds = bench_cpu() - begin;
    printf("\nlinear regions of a random 2-25-25-1 net, exactly: %zu in %.1f ms\n%10s %10s %10s\n",
           regions->region_count, 1e3 * seconds, "points", "found", "time ratio");
    for (size_t points = 1000; points <= 1000000; points *= 10) {
        begin = bench_cpu();
        size_t found = patterns_found(net, random, points);
        printf("%10zu %10zu %10.1f\n", points, found, (bench_cpu() - begin) / seconds);
    }
    for (size_t j = 0; j < 2; j++) {
        crease_number_clear(&low[j]);
        crease_number_clear(&high[j]);
    }
    crease_regions_free(regions);
    crease_net_free(net);
    gsl_rng_free(random);
}

void bench_arm(void) {
    bench_reach();
    bench_mosaic();
}
