/* What a fit is worth to a household that follows the policy it implies: errors of V', and Euler errors, log10 |c_e/c - 1|, with c,
 * c' and so the next state all from the fit. Points at which the exact household is at a corner are left out: there the Euler
 * equation is an inequality. */
#include "savings/judge.h"
#include <float.h>
#include <math.h>

static void judge_value_slope(const savings_solution *solution, const savings_implied *implied,
                              savings_fit_row *row) {
    double from, to;
    savings_object value = row->object == SAVINGS_W || row->object == SAVINGS_PINV_W ? SAVINGS_W : SAVINGS_V;
    savings_object_range(solution, row->object, &from, &to);
    row->dV_max_error = 0;
    for (size_t i = 0; i < SAVINGS_JUDGING_POINTS; i++) {
        double x = from + (to - from) * (double)i / (SAVINGS_JUDGING_POINTS - 1), left, right;
        savings_object_at(solution, value, x, &left, &right);
        double error = fabs(savings_implied_slope(implied, x) - right);
        if (fabs(left - right) > 1e-9 * fabs(right))
            continue;
        row->dV_max_error = isnan(error) ? INFINITY : fmax(row->dV_max_error, error);
    }
}

static void judge_euler(const savings_solution *solution, savings_implied *implied, savings_fit_row *row) {
    double from, to, sum = 0, logs = 0, largest = 0;
    size_t count = 0;
    savings_implied_range(implied, &from, &to);
    for (size_t i = 0; i < SAVINGS_JUDGING_POINTS; i++) {
        double x = from + (to - from) * (double)i / (SAVINGS_JUDGING_POINTS - 1);
        double error = savings_policy_error(solution, x, savings_implied_consumption, implied);
        if (isnan(error))
            continue;
        error = isinf(error) ? 1 : fmax(error, DBL_EPSILON);
        largest = fmax(largest, error);
        logs += log10(error);
        sum += error;
        count++;
    }
    if (count == 0) {
        row->euler_reason = "the limit binds or savings are flat everywhere";
        return;
    }
    row->euler_mean = logs / (double)count;
    row->euler_mean_error = log10(sum / (double)count);
    row->euler_max = log10(largest);
}

crease_status savings_judge_policy(const savings_solution *solution, savings_fit_row *row,
                                   crease_error *error) {
    savings_implied *implied;
    row->euler_mean = row->euler_mean_error = row->euler_max = NAN;
    crease_status status = savings_implied_new(solution, row->object, row->net, &implied, error);
    if (status != CREASE_OK)
        return status;
    judge_value_slope(solution, implied, row);
    row->euler_reason = savings_implied_reason(implied);
    if (!row->euler_reason)
        judge_euler(solution, implied, row);
    savings_implied_free(implied);
    return CREASE_OK;
}
