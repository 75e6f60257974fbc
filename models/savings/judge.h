/* The two halves of savings_judge. */
#ifndef SAVINGS_JUDGE_H
#define SAVINGS_JUDGE_H

#include "savings/savings.h"

enum { SAVINGS_JUDGING_POINTS = 10001 };

/* Fills in dV_max_error and the Euler errors of a row whose net and object are set. */
crease_status savings_judge_policy(const savings_solution *solution, savings_fit_row *row,
                                   crease_error *error);

#endif
