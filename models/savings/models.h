/* What the two problems give to solution.c. */
#ifndef SAVINGS_MODELS_H
#define SAVINGS_MODELS_H

#include "savings/savings.h"

crease_status savings_perfect_foresight_check(const savings_parameters *parameters, crease_error *error);
crease_status savings_perfect_foresight_solve(savings_solution *solution, double highest_m,
                                              crease_error *error);
double savings_perfect_foresight_consumption(const savings_solution *solution, double m, double *slope);
double savings_perfect_foresight_value(const savings_solution *solution, double m);

crease_status savings_two_period_check(const savings_parameters *parameters, crease_error *error);
crease_status savings_two_period_solve(savings_solution *solution, crease_error *error);
double savings_two_period_consumption(const savings_solution *solution, double m, double *slope);
/* y + B(a) and the rates on the left and right of a. */
double savings_two_period_second(const savings_solution *solution, double a, double *rate_left,
                                 double *rate_right);
double savings_two_period_value(const savings_solution *solution, double m);

crease_status savings_knots_new(savings_solution *solution, size_t count, crease_error *error);

#endif
