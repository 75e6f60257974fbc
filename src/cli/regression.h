/* What `crease fit` and `crease compare` share: the columns, the optimiser's options, the data and the test
 * data. */
#ifndef CREASE_CLI_REGRESSION_H
#define CREASE_CLI_REGRESSION_H

#include "crease/app.h"
#include "crease/crease.h"
#include "first_order.h"

typedef struct regression {
    crease_app *app;
    crease_app_data_options columns;
    crease_fit_options fit;
    const char *test_path; /* --test, or NULL */
    first_order first_order;
    crease_app_data data, test;
} regression;

/* Child argp with -x, -y, --starts, --method, ... and the options for data; its input is a regression. It
 * takes the one argument DATA and checks at the end that DATA, -x and -y are there. */
extern const struct argp regression_argp;

/* Reads the data, and the test data when there are some. Returns 0 or an exit code after a message. */
int regression_load(regression *regression);
void regression_clear(regression *regression);

/* Number of columns that -x names. */
size_t regression_inputs(const regression *regression);

/* Says so when there are fewer rows than free parameters. */
void regression_warn_few_rows(const regression *regression, const char *spec, size_t n_free);

/* 0, or 74 after a message when no file can be made at `path` (NULL and "-" can): to know before the work. */
int can_write(const crease_app *app, const char *path);

#endif
