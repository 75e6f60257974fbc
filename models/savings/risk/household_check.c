/* Which households have a solution.
 *
 * The natural limit is the least debt that can be repaid whatever happens: the fixed point of
 * a_s = max over states s' and shocks that can follow of B^-1((a_s' - theta) G psi), approached from 0 downwards. */
#include "savings/rule.h"
#include <math.h>
#include <stdlib.h>

enum { MOST_ROUNDS = 200000 };

static double payable_before(const savings_household *h, const double *limit, size_t state) {
    double least = -INFINITY;
    for (size_t s = 0; s < h->states; s++)
        for (size_t k = 0; k < h->shocks[s]->count; k++)
            if (savings_transition(h, state, s) * h->shocks[s]->probability[k] > 0)
                least = fmax(least, savings_budget_inverse(h, (limit[s] - h->shocks[s]->transitory[k]) *
                                                                  h->growth * h->shocks[s]->permanent[k]));
    return least;
}

static crease_status natural_limit(const savings_household *h, double *natural, crease_error *error) {
    double *limit = calloc(2 * h->states, sizeof *limit), *before = limit ? limit + h->states : NULL;
    if (!limit)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu income states", h->states);
    double moved = INFINITY, size = 1;
    for (size_t round = 0; round < MOST_ROUNDS && moved > 1e-15 * size && size < 1e6; round++) {
        moved = 0;
        for (size_t s = 0; s < h->states; s++) {
            before[s] = fmin(payable_before(h, limit, s), limit[s]);
            moved = fmax(moved, limit[s] - before[s]);
            size = fmax(size, -before[s]);
        }
        for (size_t s = 0; s < h->states; s++)
            limit[s] = before[s];
    }
    *natural = -INFINITY;
    if (moved <= 1e-12 * size)
        for (size_t s = 0; s < h->states; s++)
            *natural = fmax(*natural, limit[s]);
    free(limit);
    return CREASE_OK;
}

static crease_status check_numbers(const savings_household *h, crease_error *error) {
    if (!(h->crra > 0 && isfinite(h->crra)))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the risk aversion must be above 0 (1: log utility), not %g", h->crra);
    if (!(h->discount > 0 && isfinite(h->discount)))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "the discount factor must be above 0, not %g",
                           h->discount);
    if (!(h->growth > 0 && isfinite(h->growth)))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "the growth factor of income must be above 0, not %g",
                           h->growth);
    if (h->rate_count == 0 || h->rate_count > SAVINGS_MOST_RATES)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "between 1 and %d rates, not %zu", SAVINGS_MOST_RATES,
                           h->rate_count);
    for (size_t i = 0; i < h->rate_count; i++) {
        if (!(h->rate[i] > 0 && isfinite(h->rate[i])))
            return crease_fail(error, CREASE_BAD_ARGUMENT, "a gross return must be above 0, not %g",
                               h->rate[i]);
        if (i > 0 && !(h->rate[i] <= h->rate[i - 1]))
            return crease_fail(
                error, CREASE_BAD_ARGUMENT,
                "the rate must not rise with assets (%g, then %g): the budget would not be concave and the "
                "Euler equation not sufficient",
                h->rate[i - 1], h->rate[i]);
        if (i + 1 < h->rate_count && !isfinite(h->rate_kink[i]))
            return crease_fail(error, CREASE_BAD_ARGUMENT, "the rate must change at a finite number, not %g",
                               h->rate_kink[i]);
        if (i > 0 && i + 1 < h->rate_count && !(h->rate_kink[i] > h->rate_kink[i - 1]))
            return crease_fail(error, CREASE_BAD_ARGUMENT,
                               "the assets at which the rate changes must ascend");
    }
    if (!(h->limit == -INFINITY || isfinite(h->limit)))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "the limit must be a number or the natural one");
    if (h->states == 0 || (h->states > 1 && !h->transition))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "income has no states, or states without transitions");
    return CREASE_OK;
}

static crease_status check_income(const savings_household *h, crease_error *error) {
    crease_status status = CREASE_OK;
    for (size_t s = 0; s < h->states && status == CREASE_OK; s++) {
        double sum = 0;
        for (size_t next = 0; next < h->states; next++) {
            sum += savings_transition(h, s, next);
            if (!(savings_transition(h, s, next) >= 0))
                sum = NAN;
        }
        if (!(fabs(sum - 1) <= 1e-9))
            return crease_fail(error, CREASE_BAD_ARGUMENT, "row %zu of the transitions does not sum to 1",
                               s + 1);
        status = savings_shocks_check(h->shocks[s], error);
    }
    return status;
}

/* Finite value and impatience for the largest E[(G psi)^(1-g)] of a state: sufficient with several states. */
static crease_status check_patience(const savings_household *h, crease_error *error) {
    double growth = 0, rate = h->rate[h->rate_count - 1];
    for (size_t s = 0; s < h->states; s++) {
        double sum = 0;
        for (size_t k = 0; k < h->shocks[s]->count; k++)
            sum += h->shocks[s]->probability[k] * pow(h->growth * h->shocks[s]->permanent[k], 1 - h->crra);
        growth = fmax(growth, sum);
    }
    if (!(h->discount * growth < 1))
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "the value is not finite: discount factor times E[(G psi)^(1-g)] is %.6g, and must be below 1; "
            "lower beta or the growth of income",
            h->discount * growth);
    double patience = pow(h->discount * rate, 1 / h->crra) / rate;
    if (!(patience < 1))
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "the household is too patient: (beta R)^(1/g)/R is %.6g, and must be below 1 for consumption "
            "out of wealth; lower beta or R",
            patience);
    return CREASE_OK;
}

crease_status savings_household_check(const savings_household *h, bool infinite_horizon, double *natural,
                                      crease_error *error) {
    double limit = -INFINITY;
    crease_status status = check_numbers(h, error);
    if (status == CREASE_OK)
        status = check_income(h, error);
    if (status == CREASE_OK && infinite_horizon)
        status = check_patience(h, error);
    if (status == CREASE_OK && infinite_horizon)
        status = natural_limit(h, &limit, error);
    if (natural)
        *natural = limit;
    if (status != CREASE_OK)
        return status;
    if (infinite_horizon && h->limit == -INFINITY && limit == -INFINITY)
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "there is no natural limit: income grows faster than debt, so any debt can be carried; state a "
            "limit");
    if (infinite_horizon && h->limit < limit - 1e-9 * (1 + fabs(limit)) && h->limit > -INFINITY)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the limit %g is looser than the natural borrowing limit %.10g, beyond which debt "
                           "cannot be repaid "
                           "for sure; raise it, or ask for the natural one",
                           h->limit, limit);
    return CREASE_OK;
}
