/* The stationary distribution: masses are moved until they stay.
 *
 * Power iteration: masses x_t, changes d_t = |x_t - x_{t-1}|_1 fall like r^t in the end, so what is left to go is d_t r/(1-r)
 * with r = d_t/d_{t-1}; it ends when that is below the tolerance, measured over several steps. */
#include "savings/risk/distribution.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

const double savings_percentile_share[SAVINGS_PERCENTILES] = {.01, .05, .1, .25, .5, .75, .9, .95, .99};

static int by_value(const void *x, const void *y) {
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

/* Drops evenly placed points that lie next to an exact one (a positive entry of keep). */
static size_t thin(double *a, size_t count, const double *exact, size_t exact_count, double gap) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_exact = false, is_near = false;
        for (size_t k = 0; k < exact_count; k++) {
            is_exact = is_exact || a[i] == exact[k];
            is_near = is_near || fabs(a[i] - exact[k]) < gap;
        }
        if ((is_exact && (kept == 0 || a[kept - 1] != a[i])) || !is_near)
            a[kept++] = a[i];
    }
    return kept;
}

crease_status savings_asset_nodes(double least, double highest, size_t nodes, size_t exact_count,
                                  const double *exact, double **a, size_t *count, crease_error *error) {
    static const double density = 6; /* spacing grows by e^6 from below to above */
    *a = NULL;
    if (!(highest > least) || !isfinite(highest - least) || nodes < 2)
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "nodes of assets from %g to %g: the highest must lie above the least, with two nodes or more",
            least, highest);
    for (size_t i = 0; i < exact_count; i++)
        if (!(exact[i] >= least && exact[i] <= highest))
            return crease_fail(error, CREASE_BAD_ARGUMENT,
                               "assets of %g lie outside the nodes from %g to %g; raise the highest",
                               exact[i], least, highest);
    double *made = nodes <= SIZE_MAX / 32 && exact_count <= SIZE_MAX / 32
                       ? calloc(nodes + exact_count, sizeof *made)
                       : NULL;
    if (!made)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu nodes of assets", nodes);
    for (size_t i = 0; i < nodes; i++)
        made[i] =
            least + (highest - least) * expm1(density * (double)i / (double)(nodes - 1)) / expm1(density);
    made[nodes - 1] = highest;
    memcpy(made + nodes, exact, exact_count * sizeof *exact);
    qsort(made, nodes + exact_count, sizeof *made, by_value);
    double gap = .1 * (highest - least) * expm1(density / (double)(nodes - 1)) / expm1(density);
    *count = thin(made, nodes + exact_count, exact, exact_count, gap);
    *a = made;
    return CREASE_OK;
}

static crease_status list_nodes(const savings_household *household, const savings_rule *const *rule,
                                const savings_distribution_options *options, double newborn, double **a,
                                size_t *count, crease_error *error) {
    double exact[SAVINGS_MOST_ATOMS + 2], least = savings_least_assets(household, rule);
    size_t exact_count = savings_atoms(household, rule, exact);
    exact[exact_count++] = least;
    exact[exact_count++] = newborn;
    return savings_asset_nodes(least, options->highest > 0 ? options->highest : 50,
                               options->nodes ? options->nodes : 2000, exact_count, exact, a, count, error);
}

/* Gini: sum_i p_i (F_i + F_{i-1} - 1) a_i / mean, with F the cumulated masses (mean absolute difference over twice the mean). */
void savings_distribution_describe(size_t nodes, const double *a, const double *mass, double *sd,
                                   double *gini, double percentile[SAVINGS_PERCENTILES], double *top_tenth) {
    double mean = 0, square = 0, spread = 0, below = 0, top = 0;
    size_t next = 0;
    for (size_t i = 0; i < nodes; i++)
        mean += mass[i] * a[i];
    for (size_t i = 0; i < nodes; i++) {
        double upto = below + mass[i];
        square += mass[i] * (a[i] - mean) * (a[i] - mean);
        spread += mass[i] * (upto + below - 1) * a[i];
        top += a[i] * (fmax(upto, .9) - fmax(below, .9));
        while (next < SAVINGS_PERCENTILES && upto >= savings_percentile_share[next] * (1 - 1e-12))
            percentile[next++] = a[i];
        below = upto;
    }
    while (next < SAVINGS_PERCENTILES)
        percentile[next++] = a[nodes - 1];
    *sd = sqrt(square);
    *gini = mean > 0 ? spread / mean : NAN;
    *top_tenth = mean > 0 ? top / mean : NAN;
}

void savings_distribution_free(savings_distribution *distribution) {
    if (!distribution)
        return;
    free(distribution->a);
    free(distribution);
}

/* Everybody begins with the newborns' assets. */
static void begin(savings_distribution *d, double newborn) {
    size_t node = 0;
    while (node + 1 < d->nodes && d->a[node] < newborn)
        node++;
    for (size_t s = 0; s < d->states; s++)
        d->mass[s * d->nodes + node] = 1 / (double)d->states;
}

static void iterate(savings_flow *flow, const savings_distribution_options *options, savings_distribution *d,
                    double *next) {
    size_t most = options->iterations ? options->iterations : 100000, size = d->states * d->nodes;
    double tolerance = options->tolerance > 0 ? options->tolerance : 1e-12, before = INFINITY;
    enum { STRIDE = 10 };
    while (d->iterations < most && !d->converged) {
        if (options->interrupted && options->interrupted(options->interrupted_context))
            break;
        double change = 0, sum = 0;
        savings_flow_push(flow, d->mass, next);
        for (size_t i = 0; i < size; i++)
            sum += next[i];
        for (size_t i = 0; i < size; i++) { /* rounding must not add up */
            next[i] /= sum;
            change += fabs(next[i] - d->mass[i]);
        }
        memcpy(d->mass, next, size * sizeof *next);
        d->iterations++;
        if (d->iterations % STRIDE != 0)
            continue;
        double ratio = pow(change / before, 1. / STRIDE);
        d->change = ratio < 1 ? change / (1 - ratio) : INFINITY;
        d->converged = d->change <= tolerance || change <= 4e-15;
        before = change;
    }
}

static void summarise(savings_flow *flow, savings_distribution *d) {
    double mean = 0;
    for (size_t j = 0; j < d->nodes; j++) {
        d->marginal[j] = 0;
        for (size_t s = 0; s < d->states; s++)
            d->marginal[j] += d->mass[s * d->nodes + j];
        mean += d->marginal[j] * d->a[j];
    }
    d->means = savings_flow_mean(flow, d->mass);
    d->budget_residual = d->means.c + mean - d->means.m;
    savings_distribution_describe(d->nodes, d->a, d->marginal, &d->sd, &d->gini, d->percentile,
                                  &d->top_tenth);
}

crease_status savings_distribution_solve(const savings_household *household, const savings_rule *const *rule,
                                         const savings_distribution_options *options,
                                         savings_distribution **distribution, crease_error *error) {
    savings_distribution_options chosen = options ? *options : (savings_distribution_options){0};
    size_t states = household->states, nodes = 0;
    double *a = NULL, *next = NULL;
    savings_flow *flow = NULL;
    savings_distribution *d = NULL;
    *distribution = NULL;
    bool has_newborns = chosen.flow.survival > 0 && chosen.flow.survival < 1;
    double newborn = has_newborns ? chosen.flow.newborn : fmax(savings_least_assets(household, rule), 0);
    crease_status status = list_nodes(household, rule, &chosen, newborn, &a, &nodes, error);
    if (status == CREASE_OK)
        status = savings_flow_new(household, rule, nodes, a, &chosen.flow, &flow, error);
    if (status != CREASE_OK)
        goto done;
    d = calloc(1, sizeof *d);
    next = calloc(states * nodes, sizeof *next); /* the flow has arrays larger than these */
    if (d)
        d->a = calloc((states + 2) * nodes, sizeof *d->a);
    if (!d || !d->a || !next) {
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for a distribution on %zu nodes", nodes);
        goto done;
    }
    d->nodes = nodes;
    d->states = states;
    d->marginal = d->a + nodes;
    d->mass = d->a + 2 * nodes;
    memcpy(d->a, a, nodes * sizeof *a);
    d->atoms = savings_atoms(household, rule, d->atom);
    begin(d, newborn);
    iterate(flow, &chosen, d, next);
    summarise(flow, d);
    if (d->means.stranded > 1e-9)
        status = crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "%.2g of households have debts that their policy cannot carry; newborns' assets or the limit "
            "are too low",
            d->means.stranded);
    else {
        *distribution = d;
        d = NULL;
    }
done:
    savings_distribution_free(d);
    savings_flow_free(flow);
    free(next);
    free(a);
    return status;
}
