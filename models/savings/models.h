/* What each problem gives to solution.c: one row of functions. */
#ifndef SAVINGS_MODELS_H
#define SAVINGS_MODELS_H

#include "savings/savings.h"

typedef struct savings_methods {
    const char *name, *title, *state;
    savings_parameters defaults;
    crease_status (*check)(const savings_parameters *parameters, crease_error *error);
    crease_status (*solve)(savings_solution *solution, const savings_solve_options *options,
                           crease_error *error);
    /* everything but the Euler error, for lowest_m < x <= highest_m */
    void (*evaluate)(const savings_solution *solution, double x, savings_point *point);
    /* what the Euler equation asks to be spent at x when c is spent; false where the true a is a corner. NULL: no such
     * equation */
    bool (*euler_consumption)(const savings_solution *solution, double x, double c, savings_policy *policy,
                              void *context, double *asked);
    savings_end_value (*end_value)(const savings_solution *solution, double a); /* NULL: no such object */
    void (*range)(const savings_solution *solution, bool of_assets, double *from, double *to);
    /* sum of the weights of all utilities in V and, of_assets, W */
    double (*weight)(const savings_parameters *parameters, bool of_assets);
} savings_methods;

void savings_stochastic_free(savings_solution *solution);

extern const savings_methods savings_perfect_foresight, savings_two_period, savings_default,
    savings_continuous_time, savings_kinked_rate, savings_buffer_stock;

/* savings_evaluate without the Euler error, which is dear in K3. */
savings_point savings_point_at(const savings_solution *solution, double x);
crease_status savings_knots_new(savings_solution *solution, size_t count, crease_error *error);

#endif
