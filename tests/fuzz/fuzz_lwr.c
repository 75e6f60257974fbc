/* Any bytes as initial densities of a road. The first byte picks the flux, the road and what stands on it. What can be read and
 * solved conserves vehicles and stays between the least and the largest density. */
#include "traffic/lwr/lwr.h"
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds) {
    if (!holds)
        abort();
}

static void solve(const lwr_problem *problem, bool limited) {
    lwr_solution *s = NULL;
    lwr_profile before, after;
    crease_error error = {0};
    const crease_status status = lwr_solution_new(problem, NULL, &s, &error);
    check(status == CREASE_OK ? s != NULL : error.status == status && strlen(error.message) > 10);
    if (status != CREASE_OK)
        return;
    check(lwr_problem_profile(problem, &before, &error) == CREASE_OK);
    check(lwr_solution_advance(s, .05, NULL, NULL, &error) == CREASE_OK);
    check(lwr_solution_profile(s, &after, &error) == CREASE_OK);
    double low = INFINITY, high = -INFINITY, size = 0;
    for (size_t i = 0; i < problem->count; i++) {
        low = fmin(low, problem->density[i]);
        high = fmax(high, problem->density[i]);
    }
    for (size_t i = 0; i < after.count; i++) {
        check(after.x[i + 1] > after.x[i]);
        check(limited || (after.density[i] >= low && after.density[i] <= high));
        size += fabs(after.density[i]) * (after.x[i + 1] - after.x[i]);
    }
    const double gained = lwr_profile_mass(&after) - lwr_profile_mass(&before);
    check(fabs(gained - lwr_solution_counts(s).net_inflow) <= 1e-9 * (1 + size + fabs(gained)) ||
          high > 1e3 || low < -1e3);
    lwr_profile_clear(&before);
    lwr_profile_clear(&after);
    lwr_solution_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const flux_text[] = {"triangular:100,20,150", "greenshields:100,150:9",
                                            "trapezoidal:100,1800,20,150", "greenshields:80,120:50"};
    static const double time[] = {0, .01}, value[] = {0, INFINITY};
    const lwr_place place[] = {{.x = 2, .limit = {2, time, value, .02, 0}},
                               {.x = 1, .speed = 30, .limit = {1, time, value, 0, 0}}};
    size_t count = 0;
    double *x = NULL, *density = NULL;
    lwr_flux *flux = NULL;
    crease_error error = {0};
    if (size < 2)
        return 0;
    FILE *file = fmemopen((void *)(uintptr_t)(data + 1), size - 1, "r");
    const crease_status status = lwr_initial_read(file, "fuzz.csv", &count, &x, &density, &error);
    fclose(file);
    check(status == CREASE_OK || (error.status == status && strlen(error.message) > 10));
    check(lwr_flux_parse(flux_text[data[0] & 3], &flux, &error) == CREASE_OK);
    if (status == CREASE_OK) {
        const bool limited = data[0] & 16;
        const lwr_problem problem = {.flux = flux,
                                     .domain = (lwr_domain)((data[0] >> 2 & 3) % 3),
                                     .low = 0,
                                     .high = 10,
                                     .count = count,
                                     .x = x,
                                     .density = density,
                                     .place_count = limited ? 2 : 0,
                                     .place = place,
                                     .every = data[0] & 32 ? 50 : 0};
        solve(&problem, limited || problem.domain == LWR_ROAD);
    }
    lwr_flux_free(flux);
    free(x);
    free(density);
    return 0;
}
