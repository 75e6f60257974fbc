/* Data of a regression: from a table, and what every fit asks of them. */
#include "crease/data.h"
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

crease_status crease_data_from_table(const crease_table *table, const size_t *input_columns, size_t inputs,
                                     size_t output_column, size_t weight_column, crease_data *data,
                                     double **storage, crease_error *error) {
    size_t n = table->rows, per_row = inputs + 1 + (weight_column != SIZE_MAX);
    *storage = NULL;
    if (n == 0 || inputs == 0)
        return crease_fail(error, CREASE_BAD_DATA, "%s: there are no rows to fit", table->source);
    if (n > SIZE_MAX / sizeof(double) / per_row || !(*storage = malloc(n * per_row * sizeof **storage)))
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu rows", n);
    double *x = *storage, *y = x + n * inputs, *weight = y + n;
    for (size_t k = 0; k < inputs; k++)
        for (size_t i = 0; i < n; i++)
            x[i * inputs + k] = table->column[input_columns[k]][i];
    for (size_t i = 0; i < n; i++)
        y[i] = table->column[output_column][i];
    for (size_t i = 0; weight_column != SIZE_MAX && i < n; i++)
        weight[i] = table->column[weight_column][i];
    *data = (crease_data){.n = n,
                          .inputs = inputs,
                          .outputs = 1,
                          .x = x,
                          .y = y,
                          .weight = weight_column != SIZE_MAX ? weight : NULL};
    return CREASE_OK;
}

static crease_status check_finite(const double *value, size_t count, size_t per_row, const char *what,
                                  crease_error *error) {
    for (size_t i = 0; i < count; i++)
        if (!isfinite(value[i]))
            return crease_fail(error, CREASE_BAD_DATA, "row %zu of %s is not a finite number; remove the row",
                               i / per_row + 1, what);
    return CREASE_OK;
}

crease_status crease_data_check(const crease_data *data, crease_error *error) {
    crease_status status;
    if (data->n == 0)
        return crease_fail(error, CREASE_BAD_DATA, "there are no rows to fit");
    if ((status = check_finite(data->x, data->n * data->inputs, data->inputs, "x", error)) != CREASE_OK ||
        (status = check_finite(data->y, data->n * data->outputs, data->outputs, "y", error)) != CREASE_OK)
        return status;
    if (!data->weight)
        return CREASE_OK;
    double total = 0;
    if ((status = check_finite(data->weight, data->n, 1, "the weights", error)) != CREASE_OK)
        return status;
    for (size_t i = 0; i < data->n; i++) {
        if (data->weight[i] < 0)
            return crease_fail(error, CREASE_BAD_DATA, "the weight of row %zu is negative", i + 1);
        total += data->weight[i];
    }
    if (!(total > 0) || !isfinite(total))
        return crease_fail(error, CREASE_BAD_DATA, "the weights sum to %g; at least one must be positive",
                           total);
    return CREASE_OK;
}
