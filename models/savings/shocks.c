/* Income shocks: lists of outcomes, the lognormal discretisation, and CSV.
 *
 * Equiprobable points of a mean-one lognormal: cells of equal probability 1/n, with boundaries z_i = Phi^-1(i/n), each
 * represented by its conditional mean n [Phi(z_{i+1} - sigma) - Phi(z_i - sigma)] (Carroll 2006), so the mean is one. */
#include "savings/risk/households.h"
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

crease_status savings_shocks_new(savings_shocks **shocks, size_t count, crease_error *error) {
    savings_shocks *made = count > 0 && count <= SIZE_MAX / 64 ? calloc(1, sizeof *made) : NULL;
    *shocks = NULL;
    if (made)
        made->probability = calloc(3 * count, sizeof *made->probability);
    if (!made || !made->probability) {
        free(made);
        return crease_fail(
            error, count > 0 ? CREASE_NO_MEMORY : CREASE_BAD_ARGUMENT,
            count > 0 ? "out of memory for %zu shocks" : "income needs at least one outcome, not %zu", count);
    }
    made->count = count;
    made->permanent = made->probability + count;
    made->transitory = made->permanent + count;
    *shocks = made;
    return CREASE_OK;
}

void savings_shocks_free(savings_shocks *shocks) {
    if (!shocks)
        return;
    free(shocks->probability);
    free(shocks);
}

static double lognormal_point(size_t i, size_t n, double sigma) {
    double below = i == 0 ? 0 : gsl_cdf_ugaussian_P(gsl_cdf_ugaussian_Pinv((double)i / (double)n) - sigma);
    double above =
        i + 1 == n ? 1 : gsl_cdf_ugaussian_P(gsl_cdf_ugaussian_Pinv((double)(i + 1) / (double)n) - sigma);
    return (double)n * (above - below);
}

static double chosen(double value, double standard) {
    return value == 0 ? standard : fmax(value, 0);
}

crease_status savings_shocks_lognormal(const savings_income_risk *risk, savings_shocks **shocks,
                                       crease_error *error) {
    size_t n = risk->points ? risk->points : 7;
    double psi = chosen(risk->sigma_permanent, .1), eps = chosen(risk->sigma_transitory, .1);
    double p = chosen(risk->unemployment, .05), low = chosen(risk->unemployment_income, .3);
    *shocks = NULL;
    if (!(psi <= 5 && eps <= 5))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "standard deviations of log income above 5 (%g, %g) cannot be discretised", psi,
                           eps);
    if (!(p < 1) || !(p * low < 1))
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "unemployment must be a probability below 1 at an income that leaves the mean at one, not "
            "%g at income %g",
            p, low);
    if (n > 1000)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "at most 1000 points a shock, not %zu", n);
    size_t permanents = psi > 0 ? n : 1, works = eps > 0 ? n : 1, k = 0;
    crease_status status = savings_shocks_new(shocks, permanents * (works + (p > 0)), error);
    if (status != CREASE_OK)
        return status;
    for (size_t i = 0; i < permanents; i++) {
        double permanent = lognormal_point(i, permanents, psi);
        for (size_t j = 0; j < works + (p > 0); j++, k++) {
            bool employed = j >= (size_t)(p > 0);
            (*shocks)->probability[k] = (employed ? (1 - p) / (double)works : p) / (double)permanents;
            (*shocks)->permanent[k] = permanent;
            (*shocks)->transitory[k] =
                employed ? lognormal_point(j - (p > 0), works, eps) * (1 - p * low) / (1 - p) : low;
        }
    }
    return CREASE_OK;
}

crease_status savings_shocks_check(const savings_shocks *shocks, crease_error *error) {
    double sum = 0;
    for (size_t i = 0; i < shocks->count; i++) {
        double p = shocks->probability[i], psi = shocks->permanent[i], theta = shocks->transitory[i];
        if (!(p >= 0 && p <= 1 + 1e-6))
            return crease_fail(error, CREASE_BAD_ARGUMENT, "outcome %zu of income has the probability %g",
                               i + 1, p);
        if (!(psi > 0 && isfinite(psi)) || !(theta >= 0 && isfinite(theta)))
            return crease_fail(
                error, CREASE_BAD_ARGUMENT,
                "outcome %zu of income has a permanent shock %g and a transitory one %g; the first must "
                "be above 0, the second not below",
                i + 1, psi, theta);
        sum += p;
    }
    if (!(fabs(sum - 1) <= 1e-6))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the probabilities of income sum to %.9g; they must sum to 1 within 1e-6", sum);
    return CREASE_OK;
}

/* The column of one of two names, else the one in its place. */
static const double *find_column(const crease_table *table, const char *name, const char *other,
                                 size_t place) {
    size_t column;
    if (crease_table_find(table, name, &column, NULL) != CREASE_OK &&
        crease_table_find(table, other, &column, NULL) != CREASE_OK)
        column = place;
    return table->column[column];
}

crease_status savings_shocks_load(const char *path, savings_shocks **shocks, crease_error *error) {
    crease_table *table;
    *shocks = NULL;
    crease_status status = crease_csv_load(path, NULL, &table, error);
    if (status != CREASE_OK)
        return status;
    if (table->columns < 3 || table->rows == 0)
        status = crease_fail(
            error, CREASE_BAD_DATA,
            "%s: income needs rows of three columns, probability, permanent and transitory shock", path);
    if (status == CREASE_OK)
        status = savings_shocks_new(shocks, table->rows, error);
    if (status == CREASE_OK) {
        const double *probability = find_column(table, "probability", "prob", 0);
        const double *permanent = find_column(table, "permanent", "psi", 1);
        const double *transitory = find_column(table, "transitory", "theta", 2);
        for (size_t i = 0; i < table->rows; i++) {
            (*shocks)->probability[i] = probability[i];
            (*shocks)->permanent[i] = permanent[i];
            (*shocks)->transitory[i] = transitory[i];
        }
        crease_error why = {0};
        if (savings_shocks_check(*shocks, &why) != CREASE_OK) {
            status = crease_fail(error, CREASE_BAD_DATA, "%s: %s", path, why.message);
            savings_shocks_free(*shocks);
            *shocks = NULL;
        }
    }
    crease_table_free(table);
    return status;
}
