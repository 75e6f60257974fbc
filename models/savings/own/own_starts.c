/* The starts of a fit with held hinges: short runs of variable projection from many places, then long ones from the
 * best three. Slopes come in after a first run on the values alone, whose landscape has fewer dead ends. Steep units may bend in a gap between two rows, where no row sees it and the fit is anything; a start with such a
 * unit is taken only when there is no other, and a long run is undone where it leads to one. */
#include "savings/own/own_held.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { START_STEPS = 50, POLISH_STEPS = 200, POLISHED = 3 };

/* Smooth units spread over the data. Even starts: slopes between .5 and 4 per standard deviation, centres within the data.
 * Odd ones follow the rows, which lie densely where a careful table bends: centres at rows, as wide as the distance to
 * a row at most a quarter of the ranks away. */
static void draw_start(const savings_own_problem *p, gsl_rng *generator, size_t start, double *theta) {
    const crease_net *net = p->net;
    size_t linear = net->parameter_count - net->linear_from, smooth = (p->free_count - linear) / 2;
    for (size_t j = 0; j < p->free_count; j++)
        theta[j] = 0;
    for (size_t u = 0; u < smooth; u++) {
        double weight = exp(gsl_ran_flat(generator, log(.5), log(4.))),
               centre = gsl_ran_flat(generator, -1.7, 1.7);
        if (start % 2 == 1) {
            size_t i = gsl_rng_uniform_int(generator, p->values),
                   reach = 1 + gsl_rng_uniform_int(generator, p->values / 4 + 1);
            size_t j = i + reach < p->values ? i + reach : i >= reach ? i - reach : p->values - 1 - i;
            double width = fabs(p->t[j] - p->t[i]);
            centre = p->t[i];
            weight = width > 1e-6 ? 2 / width : weight;
        }
        theta[u] = gsl_rng_uniform(generator) < .5 ? -weight : weight;
        theta[smooth + u] = -theta[u] * centre;
    }
}

bool savings_own_interrupted(const crease_fit_options *options) {
    return options->interrupted && options->interrupted(options->interrupted_context);
}

typedef struct start_result {
    double loss;
    size_t index;
    bool unseen;   /* a unit bends between rows, where no row sees it */
    double *theta; /* free_count */
    crease_status status;
    crease_error error;
} start_result;

static size_t place_from(const savings_own_problem *p, double t) {
    size_t low = 0, high = p->values;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (p->t[middle] < t)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Does a smooth unit bend, |w t + c| <= 2, within the data over fewer than three rows? */
static bool bends_unseen(const savings_own_problem *p, const double *theta) {
    size_t smooth = (p->free_count - (p->net->parameter_count - p->net->linear_from)) / 2;
    for (size_t u = 0; u < smooth; u++) {
        double centre = -theta[smooth + u] / theta[u], reach = 2 / fabs(theta[u]);
        bool inside = centre > p->t[0] && centre < p->t[p->values - 1];
        if (inside && place_from(p, centre + reach) < place_from(p, centre - reach) + 3)
            return true;
    }
    return false;
}

static bool is_better(const start_result *a, const start_result *b) {
    return isfinite(a->loss) && a->unseen != b->unseen ? !a->unseen : a->loss < b->loss;
}

/* Goes on from a start, unless that leads a unit to bend where no row sees it. */
static void polish(const savings_own_problem *p, const crease_problem *problem,
                   const crease_fit_options *options, size_t index, start_result *result) {
    crease_minimum minimum;
    crease_fit_options on = *options;
    double *theta = malloc(p->free_count * sizeof *theta);
    if (!theta) {
        result->status =
            crease_fail(&result->error, CREASE_NO_MEMORY, "out of memory for %zu parameters", p->free_count);
        return;
    }
    on.iterations = POLISH_STEPS;
    memcpy(theta, result->theta, p->free_count * sizeof *theta);
    result->status = crease_minimise(problem, &on, index, theta, &minimum, &result->error);
    if (result->status == CREASE_OK && isfinite(minimum.loss) &&
        (result->unseen || !bends_unseen(p, theta))) {
        memcpy(result->theta, theta, p->free_count * sizeof *theta);
        result->loss = minimum.loss;
        result->unseen = bends_unseen(p, theta);
    }
    free(theta);
}

static void run_start(const savings_own_problem *p, const crease_problem *problem,
                      const crease_problem *values, bool keep, const crease_fit_options *options,
                      size_t index, start_result *result) {
    crease_minimum minimum;
    gsl_rng *generator = crease_random_new(options->seed, index);
    result->loss = INFINITY;
    if (!generator) {
        result->status = crease_fail(&result->error, CREASE_NO_MEMORY, "out of memory for random numbers");
        return;
    }
    draw_start(p, generator, index, result->theta);
    for (size_t j = 0; keep && j < p->free_count; j++)
        result->theta[j] = p->net->theta[p->place[j]];
    gsl_rng_free(generator);
    if (values && !keep)
        result->status = crease_minimise(values, options, index, result->theta, &minimum, &result->error);
    if (result->status == CREASE_OK)
        result->status = crease_minimise(problem, options, index, result->theta, &minimum, &result->error);
    if (result->status == CREASE_OK && isfinite(minimum.loss))
        result->loss = minimum.loss;
    result->unseen = bends_unseen(p, result->theta);
}

static int by_quality(const void *first, const void *second) {
    const start_result *a = first, *b = second;
    if (is_better(a, b) != is_better(b, a))
        return is_better(a, b) ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

static crease_status worst_of(const start_result *list, size_t count, crease_error *error) {
    for (size_t i = 0; i < count; i++)
        if (list[i].status != CREASE_OK) {
            if (error)
                *error = list[i].error;
            return list[i].status;
        }
    return CREASE_OK;
}

/* The starts share nothing, and ties are broken by their index: the same digits with any number of threads. */
static crease_status run_starts(const savings_own_problem *p, const crease_problem *problem,
                                const crease_problem *values, bool keep, const crease_fit_options *options,
                                start_result *list, size_t starts, double *theta, crease_error *error) {
    int threads = starts == 1                                       ? 1
                  : options->threads > 0 && options->threads < 1024 ? (int)options->threads
                                                                    : omp_get_max_threads();
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (size_t i = 0; i < starts; i++) {
        list[i] = (start_result){.loss = INFINITY, .index = i, .theta = theta + i * p->free_count};
        if (i == 0 || !savings_own_interrupted(options))
            run_start(p, problem, values, keep, options, i, &list[i]);
    }
    crease_status status = worst_of(list, starts, error);
    if (status != CREASE_OK || starts == 1)
        return status;
    qsort(list, starts, sizeof *list, by_quality);
    size_t polished = starts < POLISHED ? starts : POLISHED;
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (size_t i = 0; i < polished; i++)
        if (isfinite(list[i].loss) && !savings_own_interrupted(options))
            polish(p, problem, options, list[i].index, &list[i]);
    qsort(list, starts, sizeof *list, by_quality);
    return worst_of(list, starts, error);
}

static crease_status best_of_starts(const savings_own_problem *p, const crease_problem *problem,
                                    const crease_problem *values, bool keep,
                                    const crease_fit_options *options, double *best, crease_error *error) {
    size_t starts = options->starts ? options->starts : 20;
    if (keep || problem->linear_from == 0)
        starts = 1;
    start_result *list = calloc(starts, sizeof *list);
    double *theta = starts <= SIZE_MAX / sizeof *theta / p->free_count
                        ? calloc(starts * p->free_count, sizeof *theta)
                        : NULL;
    crease_status status = list && theta
                               ? run_starts(p, problem, values, keep, options, list, starts, theta, error)
                               : crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu starts", starts);
    if (status == CREASE_OK && !isfinite(list[0].loss))
        status = crease_fail(error, CREASE_INTERNAL, "no start led to a finite fit");
    if (status == CREASE_OK)
        memcpy(best, list[0].theta, p->free_count * sizeof *best);
    free(list);
    free(theta);
    return status;
}

crease_status savings_own_search(crease_net *net, const savings_own_problem *p, const crease_problem *problem,
                                 const crease_problem *values, bool keep, const crease_fit_options *options,
                                 crease_error *error) {
    crease_fit_options chosen = *options;
    chosen.method = CREASE_METHOD_VARPRO;
    chosen.progress = NULL;
    chosen.iterations = keep ? POLISH_STEPS : START_STEPS;
    double *best = calloc(net->parameter_count, sizeof *best);
    if (!best)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu parameters", net->parameter_count);
    crease_status status = best_of_starts(p, problem, values, keep, &chosen, best, error);
    if (status == CREASE_OK)
        for (size_t j = 0; j < p->free_count; j++)
            net->theta[p->place[j]] = best[j];
    free(best);
    return status;
}
