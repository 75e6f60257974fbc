/* make bench: the LWR model by front tracking and by Godunov's scheme: how the time of the one grows with the jumps, and what
 * error the other has for its time. */
#include "bench/bench.h"
#include "crease/random.h"
#include "traffic/lwr/godunov.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static lwr_flux *flux_of(const char *text) {
    lwr_flux *flux = NULL;
    crease_error error = {0};
    bench_must(lwr_flux_parse(text, &flux, &error), &error);
    return flux;
}

typedef struct task {
    lwr_problem problem;
    double time;
    lwr_counts counts;
    double mass_error;
} task;

static void track(void *context) {
    task *t = context;
    lwr_solution *s = NULL;
    crease_error error = {0};
    bench_must(lwr_solution_new(&t->problem, NULL, &s, &error), &error);
    bench_must(lwr_solution_advance(s, t->time, NULL, NULL, &error), &error);
    t->counts = lwr_solution_counts(s);
    lwr_solution_free(s);
}

static lwr_profile exact(const lwr_problem *problem, double t) {
    lwr_solution *s = NULL;
    lwr_profile profile;
    crease_error error = {0};
    bench_must(lwr_solution_new(problem, NULL, &s, &error), &error);
    bench_must(lwr_solution_advance(s, t, NULL, NULL, &error), &error);
    bench_must(lwr_solution_profile(s, &profile, &error), &error);
    lwr_solution_free(s);
    return profile;
}

/* 7 knots, random densities on a ring of 10 km. */
static void random_ring(size_t n, const lwr_flux *flux, task *t) {
    double *x = malloc(2 * n * sizeof *x), *density = x + n;
    gsl_rng *random = crease_random_new(11, n);
    if (!x || !random)
        bench_must(CREASE_NO_MEMORY, &(crease_error){.message = "no memory"});
    for (size_t i = 0; i < n; i++) {
        x[i] = 10. * (double)i / (double)n;
        density[i] = gsl_ran_flat(random, 0, 150);
    }
    gsl_rng_free(random);
    *t = (task){
        .problem = {.flux = flux, .domain = LWR_RING, .high = 10, .count = n, .x = x, .density = density},
        .time = .1};
}

static void growth(const lwr_flux *flux) {
    double last[2] = {0, 0};
    puts("\nfront tracking, ring of 10 km, random densities, flux of 7 knots, .1 h");
    puts("   jumps    seconds  growth  collisions  million/s   fronts  memory a front");
    for (size_t n = 100; n <= 1000000; n *= 10) {
        char text[16];
        task t;
        random_ring(n, flux, &t);
        double seconds;
        if (n <= 10000)
            seconds = bench_seconds(track, &t);
        else {
            const double started = bench_cpu();
            track(&t);
            seconds = bench_cpu() - started;
        }
        printf("%8zu  %9.2e  %6s  %10zu  %9.2f  %7zu  %10.0f bytes\n", n, seconds,
               bench_growth_text(bench_growth((double)n, seconds, last[0], last[1]), text),
               t.counts.collisions, (double)t.counts.collisions / seconds / 1e6, t.counts.fronts_most,
               84. * (double)t.counts.room / (double)t.counts.fronts_most);
        fflush(stdout);
        last[0] = (double)n;
        last[1] = seconds;
        free((void *)(uintptr_t)t.problem.x);
    }
}

/* Averages of the scheme against those of the exact profile; seconds of the processor. */
static double scheme(const lwr_problem *problem, size_t cells, double t, const lwr_profile *truth,
                     double *seconds) {
    const godunov_options options = {.cells = cells};
    double *average = malloc(2 * cells * sizeof *average), error_sum = 0;
    godunov_result result;
    crease_error error = {0};
    if (!average)
        bench_must(CREASE_NO_MEMORY, &(crease_error){.message = "no memory"});
    const double started = bench_cpu();
    bench_must(godunov_solve(problem, &options, t, average, &result, &error), &error);
    *seconds = bench_cpu() - started;
    lwr_profile_averages(truth, cells, average + cells);
    for (size_t i = 0; i < cells; i++)
        error_sum += fabs(average[i] - average[cells + i]) * (problem->high - problem->low) / (double)cells;
    free(average);
    return error_sum;
}

static void green_light(void) {
    static const double x[] = {-10, -1, 0}, density[] = {30, 150, 0};
    task t = {.problem = {.domain = LWR_LINE, .low = -8, .high = 8, .count = 3, .x = x, .density = density},
              .time = .06};
    lwr_flux *fine = flux_of("greenshields:100,150:20000");
    t.problem.flux = fine;
    lwr_profile truth = exact(&t.problem, t.time);
    puts("\nred light turns green, Greenshields, .06 h: L1 error against 20,000 segments");
    puts("segments  error veh    seconds |   cells  error veh    seconds");
    for (size_t k = 0; k < 5; k++) {
        char text[64];
        snprintf(text, sizeof text, "greenshields:100,150:%d", 20 << 2 * k);
        lwr_flux *flux = flux_of(text);
        t.problem.flux = flux;
        lwr_profile p = exact(&t.problem, t.time);
        const double seconds = bench_seconds(track, &t);
        double scheme_seconds;
        t.problem.flux = fine;
        const size_t cells = (size_t)100 << 2 * k;
        const double off = scheme(&t.problem, cells, t.time, &truth, &scheme_seconds);
        printf("%8d  %9.3g  %9.2e |%8zu  %9.3g  %9.2e\n", 20 << 2 * k, lwr_profile_distance(&p, &truth),
               seconds, cells, off, scheme_seconds);
        fflush(stdout);
        lwr_profile_clear(&p);
        lwr_flux_free(flux);
    }
    lwr_profile_clear(&truth);
    lwr_flux_free(fine);
}

static void same_flux(const lwr_flux *flux) {
    task t;
    random_ring(100, flux, &t);
    lwr_profile truth = exact(&t.problem, t.time);
    printf("\nthe same ring with 100 jumps: front tracking is exact in %.2e s\n", bench_seconds(track, &t));
    puts("   cells  error veh    seconds");
    for (size_t cells = 400; cells <= 6400; cells *= 2) {
        double seconds;
        const double off = scheme(&t.problem, cells, t.time, &truth, &seconds);
        printf("%8zu  %9.3g  %9.2e\n", cells, off, seconds);
    }
    lwr_profile_clear(&truth);
    free((void *)(uintptr_t)t.problem.x);
}

void bench_lwr(void) {
    lwr_flux *flux = flux_of("greenshields:100,150:6");
    growth(flux);
    green_light();
    same_flux(flux);
    lwr_flux_free(flux);
}
