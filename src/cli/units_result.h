/* What `crease compare --units` finds, and how it is printed and drawn. */
#ifndef CREASE_CLI_UNITS_RESULT_H
#define CREASE_CLI_UNITS_RESULT_H

#include "regression.h"

/* Several runs of one method. */
typedef struct units_runs {
    double *rmse; /* starts entries, owned; NaN where an interruption came first */
    size_t starts;
    double best, median, seconds_median; /* over those that ran; NaN without any */
    double hit_rate;                     /* share of them within the reach of the best known */
} units_runs;

typedef struct units_row {
    size_t units, n_free;
    double lower_bound, gap, bound_seconds; /* of the RMSE; gap of the squares as in crease/knots.h */
    bool certified;
    double default_rmse, default_seconds; /* `crease fit` as it comes */
    double best_known;                    /* least RMSE of all runs */
    units_runs lm, adam;
} units_row;

typedef struct units_result {
    const regression *regression;
    units_row *row; /* count entries */
    size_t count;   /* begun before an interruption */
    double y_sd;    /* weighted, of the data */
    size_t adam_epochs, adam_batch;
    bool interrupted;
} units_result;

/* Within 1 % of the best known error, up to a ten-thousandth of the spread of y. */
bool units_reach(const units_result *result, const units_row *row, double rmse);

int units_print(const units_result *result);
int units_print_json(const units_result *result);
int units_draw(const units_result *result);

#endif
