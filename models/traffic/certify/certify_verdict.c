/* The certificate in words, from the numbers of the run: what is bounded, by what, and what is not. */
#include "traffic/certify/certify_program.h"
#include <math.h>
#include <stdlib.h>

typedef struct words {
    char text[64];
} words;

static words gone(const certify_run *run, double t) {
    words w;
    if (t == INFINITY)
        snprintf(w.text, sizeof w.text, "still there at %g h", run->road.time);
    else
        snprintf(w.text, sizeof w.text, "gone at %.5g h", t);
    return w;
}

/* "between a and b h"; ends that are open or beyond the time. */
static words span(const certify_run *run, double low, double high) {
    words w;
    const double end = run->road.time;
    if (low == -INFINITY && high == INFINITY)
        snprintf(w.text, sizeof w.text, "at any time");
    else if (low == -INFINITY)
        snprintf(w.text, sizeof w.text, "by %.5g h", high);
    else if (low == INFINITY)
        snprintf(w.text, sizeof w.text, "after %g h", end);
    else if (high == INFINITY)
        snprintf(w.text, sizeof w.text, "after %.5g h, perhaps after %g h", low, end);
    else
        snprintf(w.text, sizeof w.text, "between %.5g and %.5g h", low, high);
    return w;
}

static void say_bounds(const certify_run *run, const char *what, const char *by, const certify_bounds *b,
                       size_t broken, size_t checked, FILE *out) {
    fprintf(out, "%s %s, whatever the concave flux in the band (%s): ", what,
            span(run, b->earliest, b->latest).text, by);
    if (broken == 0)
        fprintf(out, "all %zu replicates in the band agree.\n", checked);
    else
        fprintf(out, "but %zu of %zu replicates in the band do NOT, which is a mistake of this program.\n",
                broken, checked);
}

static void say_queue(const certify_run *run, size_t at, FILE *out) {
    const certify_place *p = &run->place[at];
    const double x = run->road.problem.place[at].x, fitted = run->one[CERTIFY_FITTED].event[at].cleared;
    const double low = run->one[CERTIFY_LOWER].event[at].cleared,
                 high = run->one[CERTIFY_UPPER].event[at].cleared;
    const size_t all = run->tracked_count;
    if (isnan(fitted)) {
        fprintf(out, "No queue stands at %g km with the fitted flux; one does with %zu of %zu replicates.\n",
                x, all - p->none, all);
        return;
    }
    fprintf(out,
            "The queue at %g km is %s with the fitted flux, and with 95 %% of %zu replicates it goes %s.\n",
            x, gone(run, fitted).text, all + run->missing, span(run, p->cleared.low, p->cleared.high).text);
    if (p->none > 0)
        fprintf(out, "No queue stands there in %zu replicates.\n", p->none);
    if (p->late > 0)
        fprintf(out, "It still stands at %g h in %zu replicates; --time H goes on longer.\n", run->road.time,
                p->late);
    if (p->clearing.why)
        fprintf(out, "Nothing bounds that for every flux in the band: %s.\n", p->clearing.why);
    else
        say_bounds(run, "It goes", "balance of vehicles in one queue", &p->clearing, p->clearing_broken,
                   p->checked, out);
    if (!isnan(low) && !isnan(high))
        fprintf(out,
                "With the edges of the band as fluxes it is %s (lower) and %s (upper). These two runs are no "
                "bounds, "
                "for more flow also feeds a queue faster: %zu of the %zu replicates in the band lie outside "
                "them.\n",
                gone(run, low).text, gone(run, high).text, p->outside_runs, p->checked);
}

static void say_vehicle(const certify_run *run, size_t at, FILE *out) {
    const certify_place *p = &run->place[at];
    const double x = run->road.problem.place[at].x;
    const char *who = isnan(run->vehicle) ? "The last vehicle of that queue" : "The vehicle asked for";
    if (isnan(run->one[CERTIFY_FITTED].event[at].vehicle)) {
        fprintf(out, "No vehicle is bounded at %g km: %s.\n", x, p->passage.why);
        return;
    }
    if (p->passage.why) {
        fprintf(out, "%s is not bounded at %g km: %s; with 95 %% of the replicates it passes %s.\n", who, x,
                p->passage.why, span(run, p->passed.low, p->passed.high).text);
        return;
    }
    char passes[60];
    snprintf(passes, sizeof passes, "%s passes", who);
    say_bounds(run, passes, "comparison principle of Hamilton-Jacobi equations", &p->passage,
               p->passage_broken, p->checked, out);
}

static void say_band(const certify_run *run, FILE *out) {
    const certify_band *b = &run->band;
    fprintf(out,
            "The band is the envelope of the %zu of %zu replicates closest to the fit, at most %.3g standard "
            "deviations "
            "off; another replicate lies in it at all densities at once with %.3g %% (leaving out one at a "
            "time). It "
            "holds the error of sampling, not that of the form %s.\n",
            b->inside, b->usable, b->distance, 100 * b->level, run->model);
    if (b->level < .945)
        fputs("For 95 % more replicates are needed: --bootstrap N.\n", out);
    if (run->missing > 0)
        fprintf(
            out,
            "%zu replicates have no fit or no jam density and cannot be tracked; the intervals allow them to "
            "lie anywhere.\n",
            run->missing);
    if (!run->one[CERTIFY_UPPER].flux->concave)
        fputs("The upper edge is not concave, which front tracking does not need.\n", out);
    if (run->fd.result->row[0].audit.extrapolated)
        fprintf(out, "The jam density is extrapolated: no row lies beyond %.5g veh/km.\n",
                run->fd.result->largest_density);
}

static void say_beginning(const certify_run *run, FILE *out) {
    const certify_road *road = &run->road;
    const lwr_flux *fitted = run->one[CERTIFY_FITTED].flux;
    const double first = run->one[CERTIFY_FITTED].density[0];
    size_t rows = 0;
    if (!isnan(run->arrival))
        fprintf(out, "%g veh/h arrive in free traffic, %.4g veh/km with the fitted flux.\n", run->arrival,
                first);
    else if (road->problem.domain == LWR_LINE && first >= fitted->critical_density)
        fprintf(
            out,
            "Upstream of all, %.4g veh/km are above the critical density of the fitted flux, %.4g: a queue "
            "without end. --arrival FLOW lets free traffic arrive instead.\n",
            first, fitted->critical_density);
    for (size_t i = 0; i < road->problem.count; i++)
        rows += road->problem.density[i] >= road->standing;
    if (rows > 0)
        fprintf(out,
                "%zu initial %s of at least %.5g veh/km %s standing traffic and %s the jam density of each "
                "flux.\n",
                rows, rows == 1 ? "density" : "densities", road->standing, rows == 1 ? "is" : "are",
                rows == 1 ? "gets" : "get");
    if (run->beyond > 0 || run->one[CERTIFY_LOWER].beyond > 0)
        fprintf(out,
                "In %zu replicates other initial densities lie beyond the jam density of the flux and are "
                "lowered "
                "to it; --standing D makes them standing traffic in all.\n",
                run->beyond);
}

static double vehicles_shown(const certify_run *run) {
    lwr_problem problem = run->road.problem;
    lwr_profile profile = {0};
    double vehicles = NAN;
    problem.density = run->one[CERTIFY_FITTED].density;
    if (lwr_problem_profile(&problem, &profile, NULL) == CREASE_OK)
        vehicles = lwr_profile_mass(&profile);
    lwr_profile_clear(&profile);
    return vehicles;
}

static void say_distance(const certify_run *run, FILE *out) {
    const certify_one *low = &run->one[CERTIFY_LOWER], *high = &run->one[CERTIFY_UPPER];
    fprintf(out,
            "At %.6g h the densities of the lower and the upper run are %.4g and %.4g vehicles (L1) from the "
            "fitted "
            "ones on the road shown",
            run->compared, low->l1_distance, high->l1_distance);
    if (isnan(low->l1_bound))
        fputs("; there is no bound with lights or bottlenecks.\n", out);
    else
        fprintf(out,
                "; they cannot be more than %.4g and %.4g: difference at first + time x variation x largest "
                "difference of wave speeds, %.4g and %.4g km/h.%s\n",
                low->l1_bound, high->l1_bound, low->l1_slope, high->l1_slope,
                fmax(low->l1_bound, high->l1_bound) > vehicles_shown(run)
                    ? " That is more than there are vehicles and says nothing: where kinks lie at different "
                      "densities the wave speeds differ by their sum, however close the flows."
                    : "");
}

char *certify_verdict(const certify_run *run) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    for (size_t i = 0; i < run->road.problem.place_count; i++) {
        say_queue(run, i, out);
        say_vehicle(run, i, out);
    }
    say_band(run, out);
    say_beginning(run, out);
    say_distance(run, out);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
