/* The table of a value function: sorted, checked, one row a state. */
#include "savings/own/own_parts.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Decimal texts of one number may differ in the last bits after arithmetic in another program. */
static const double SAME = 1e-12;
static const double LARGEST = 1e152; /* squares and their sums are numbers, too */

void savings_own_data_clear(savings_own_data *data) {
    free(data->x);
    free(data->V);
    free(data->dV);
    free(data->dV_right);
    free(data->weight);
    *data = (savings_own_data){0};
}

static crease_status allocate(savings_own_data *data, size_t n, bool slopes, bool weights,
                              crease_error *error) {
    data->x = calloc(n, sizeof *data->x);
    data->V = calloc(n, sizeof *data->V);
    data->dV = slopes ? calloc(n, sizeof *data->dV) : NULL;
    data->dV_right = slopes ? calloc(n, sizeof *data->dV_right) : NULL;
    data->weight = weights ? calloc(n, sizeof *data->weight) : NULL;
    if (!data->x || !data->V || (slopes && (!data->dV || !data->dV_right)) || (weights && !data->weight))
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu rows", n);
    return CREASE_OK;
}

static crease_status check_row(size_t i, double x, double V, double dV, double weight, crease_error *error) {
    if (!isfinite(x) || !isfinite(V) || !isfinite(dV) || !isfinite(weight))
        return crease_fail(error, CREASE_BAD_DATA,
                           "row %zu of the table is not finite (state %g, value %g, slope %g); leave out "
                           "states at which the "
                           "value is infinite, such as a limit where consumption is 0",
                           i + 1, x, V, dV);
    if (fmax(fmax(fabs(x), fabs(V)), fmax(fabs(dV), weight)) > LARGEST)
        return crease_fail(
            error, CREASE_BAD_DATA,
            "row %zu of the table holds a number beyond %.0e; measure state and value in other units", i + 1,
            LARGEST);
    if (weight < 0)
        return crease_fail(error, CREASE_BAD_DATA, "row %zu has the negative weight %g", i + 1, weight);
    return CREASE_OK;
}

static bool same(double a, double b) {
    return fabs(a - b) <= SAME * fmax(fabs(a), fabs(b));
}

/* Row i, of the same state as the last row kept. */
static crease_status merge(savings_own_data *data, size_t i, double V, const double *dV, bool descending,
                           crease_error *error) {
    size_t last = data->n - 1;
    if (!same(V, data->V[last]))
        return crease_fail(error, CREASE_BAD_DATA,
                           "row %zu gives the state %.10g the value %.10g, another row gives it %.10g; a "
                           "value function has one "
                           "value a state: average such rows, or choose one table of several by --where",
                           i + 1, data->x[last], V, data->V[last]);
    if (!dV || same(dV[i], data->dV[last])) {
        data->merged++;
        return CREASE_OK;
    }
    if (isfinite(data->dV_right[last]))
        return crease_fail(error, CREASE_BAD_DATA,
                           "the state %.10g has three different slopes, the third in row %zu; a kink has two",
                           data->x[last], i + 1);
    data->dV_right[last] = descending ? data->dV[last] : dV[i];
    if (descending)
        data->dV[last] = dV[i];
    return CREASE_OK;
}

typedef struct keyed {
    double x;
    size_t row;
} keyed;

/* Ties in the order of the table, which says which of two slopes is the left one. */
static int by_state(const void *first, const void *second) {
    const keyed *a = first, *b = second;
    if (a->x != b->x)
        return a->x < b->x ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

static crease_status fill(savings_own_data *data, const keyed *order, const double *V, const double *dV,
                          const double *weight, bool descending, crease_error *error) {
    for (size_t j = 0; j < data->rows_given; j++) {
        size_t i = order[j].row;
        if (data->n > 0 && data->x[data->n - 1] == order[j].x) {
            crease_status status = merge(data, i, V[i], dV, descending, error);
            if (status != CREASE_OK)
                return status;
            if (weight)
                data->weight[data->n - 1] += weight[i];
            continue;
        }
        data->x[data->n] = order[j].x;
        data->V[data->n] = V[i];
        if (weight)
            data->weight[data->n] = weight[i];
        if (dV) {
            data->dV[data->n] = dV[i];
            data->dV_right[data->n] = NAN;
        }
        data->n++;
    }
    if (data->n < SAVINGS_OWN_LEAST_ROWS)
        return crease_fail(error, CREASE_BAD_DATA,
                           "too few distinct states, %zu: a fit that can be checked takes at least %d",
                           data->n, SAVINGS_OWN_LEAST_ROWS);
    return CREASE_OK;
}

crease_status savings_own_data_new(size_t n, const double *x, const double *V, const double *dV,
                                   const double *weight, savings_own_data *data, crease_error *error) {
    *data = (savings_own_data){.rows_given = n};
    size_t room = n > 0 ? n : 1;
    keyed *order = room <= SIZE_MAX / (2 * sizeof *order) ? malloc(room * sizeof *order) : NULL;
    crease_status status = order ? allocate(data, room, dV != NULL, weight != NULL, error)
                                 : crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu rows", n);
    for (size_t i = 0; status == CREASE_OK && i < n; i++) {
        status = check_row(i, x[i], V[i], dV ? dV[i] : 0, weight ? weight[i] : 1, error);
        order[i] = (keyed){x[i], i};
    }
    if (status == CREASE_OK) {
        qsort(order, n, sizeof *order, by_state);
        status = fill(data, order, V, dV, weight, n > 1 && x[0] > x[n - 1], error);
    }
    free(order);
    if (status != CREASE_OK)
        savings_own_data_clear(data);
    return status;
}
