/* Rouwenhorst's chain without its recursion. With n - 1 independent two-state chains that stay where they are with
 * probability p = (1 + persistence)/2, the number i of them that are up is the state: from i, of those up Bin(i, p) stay up and
 * of those down Bin(n-1-i, 1-p) go up, so row i of the transition matrix has the generating function
 *
 *   (1-p + p x)^i (p + (1-p) x)^(n-1-i),
 *
 * a product of positive terms, hence accurate in every entry. The sum of independent chains has their autocorrelation, and
 * Bin(n-1, 1/2) is stationary. */
#include "savings/risk/rouwenhorst.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The coefficients of (constant + slope x)^i (...)... one factor more: row has `degree` + 1 of them. */
static void multiply(double *row, size_t degree, double constant, double slope) {
    row[degree + 1] = slope * row[degree];
    for (size_t j = degree; j > 0; j--)
        row[j] = constant * row[j] + slope * row[j - 1];
    row[0] *= constant;
}

static void fill(savings_markov *markov) {
    size_t n = markov->states;
    double p = (1 + markov->persistence) / 2, reach = markov->sd * sqrt((double)(n - 1)), mean = 0;
    markov->stationary[0] = 1;
    for (size_t k = 0; k + 1 < n; k++)
        multiply(markov->stationary, k, .5, .5);
    for (size_t i = 0; i < n; i++) {
        double *row = markov->transition + i * n;
        row[0] = 1;
        for (size_t k = 0; k + 1 < n; k++)
            multiply(row, k, k < i ? 1 - p : p, k < i ? p : 1 - p);
        markov->log_value[i] = n > 1 ? reach * (2 * (double)i / (double)(n - 1) - 1) : 0;
        mean += markov->stationary[i] * exp(markov->log_value[i]);
    }
    for (size_t i = 0; i < n; i++)
        markov->level[i] = exp(markov->log_value[i]) / mean;
}

crease_status savings_rouwenhorst(size_t states, double persistence, double sd, savings_markov **markov,
                                  crease_error *error) {
    *markov = NULL;
    if (states < 1 || states > 1000)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "persistent income takes 1 to 1000 states, not %zu",
                           states);
    if (!(fabs(persistence) < 1))
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "the persistence of income must lie between -1 and 1, not %g; a random walk is the permanent "
            "shock",
            persistence);
    if (!(sd >= 0 && sd * sqrt((double)states) < 300))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the standard deviation of log income must be a number of ordinary size, not %g",
                           sd);
    savings_markov *made = calloc(1, sizeof *made);
    double *block = made ? calloc(states * (states + 3), sizeof *block) : NULL;
    if (!block) {
        free(made);
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu income states", states);
    }
    *made = (savings_markov){.states = states,
                             .persistence = persistence,
                             .sd = sd,
                             .log_value = block,
                             .level = block + states,
                             .stationary = block + 2 * states,
                             .transition = block + 3 * states};
    fill(made);
    *markov = made;
    return CREASE_OK;
}

void savings_markov_free(savings_markov *markov) {
    if (!markov)
        return;
    free(markov->log_value);
    free(markov);
}

crease_status savings_shocks_by_state(const savings_shocks *shocks, const double *level, size_t states,
                                      savings_shocks ***list, crease_error *error) {
    savings_shocks **made = states <= SIZE_MAX / sizeof *made ? calloc(states, sizeof *made) : NULL;
    crease_status status =
        made ? CREASE_OK : crease_fail(error, CREASE_NO_MEMORY, "out of memory for income shocks");
    *list = NULL;
    for (size_t s = 0; s < states && status == CREASE_OK; s++) {
        status = savings_shocks_new(&made[s], shocks->count, error);
        for (size_t k = 0; k < shocks->count && status == CREASE_OK; k++) {
            made[s]->probability[k] = shocks->probability[k];
            made[s]->permanent[k] = shocks->permanent[k];
            made[s]->transitory[k] = level[s] * shocks->transitory[k];
        }
    }
    if (status != CREASE_OK) {
        savings_shocks_list_free(made, states);
        return status;
    }
    *list = made;
    return CREASE_OK;
}

void savings_shocks_list_free(savings_shocks **list, size_t states) {
    for (size_t s = 0; list && s < states; s++)
        savings_shocks_free(list[s]);
    free(list);
}

crease_status savings_stationary(size_t states, const double *transition, double *probability,
                                 crease_error *error) {
    double *p = states > 0 && states <= 10000 ? malloc(states * states * sizeof *p) : NULL, sum = 1;
    if (!p)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu income states", states);
    memcpy(p, transition, states * states * sizeof *p);
    crease_status status = CREASE_OK;
    for (size_t n = states - 1; n > 0 && status == CREASE_OK; n--) { /* take state n out of the chain */
        double leaves = 0;
        for (size_t j = 0; j < n; j++)
            leaves += p[n * states + j];
        if (!(leaves > 0))
            status = crease_fail(
                error, CREASE_BAD_ARGUMENT,
                "income state %zu is never left for a lower one, so the chain has no single stationary "
                "distribution that this elimination finds",
                n + 1);
        for (size_t i = 0; i < n; i++) {
            p[i * states + n] /= leaves;
            for (size_t j = 0; j < n; j++)
                p[i * states + j] += p[i * states + n] * p[n * states + j];
        }
    }
    probability[0] = 1;
    for (size_t n = 1; n < states; n++) {
        probability[n] = 0;
        for (size_t i = 0; i < n; i++)
            probability[n] += probability[i] * p[i * states + n];
        sum += probability[n];
    }
    for (size_t n = 0; n < states; n++)
        probability[n] /= sum;
    free(p);
    return status;
}
