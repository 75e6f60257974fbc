/* Data of a regression: rows of inputs and outputs, with or without weights. */
#ifndef CREASE_DATA_H
#define CREASE_DATA_H

#include "crease/table.h"

/* Arrays are borrowed. */
typedef struct crease_data {
    size_t n, inputs, outputs;
    const double *x;      /* n x inputs, row-major */
    const double *y;      /* n x outputs */
    const double *weight; /* n, >= 0, or NULL for equal weights */
} crease_data;

/* Copies columns of a table into the row-major arrays of a crease_data (one output). *storage owns them: free it.
 * weight_column: index, or SIZE_MAX for none. */
crease_status crease_data_from_table(const crease_table *table, const size_t *input_columns, size_t inputs,
                                     size_t output_column, size_t weight_column, crease_data *data,
                                     double **storage, crease_error *error);

/* BAD_DATA, naming the row, unless there are rows, all numbers are finite, no weight is negative and their sum is
 * positive and finite. */
crease_status crease_data_check(const crease_data *data, crease_error *error);

#endif
