/* The policy that a network fitted to a value implies, by the envelope theorem: u'(c) = V'(m) (C: R u'(c) = V'(a), since c = y
 * + (R-1) a and V = u(c) R/(R-1)), and by the first-order condition u'(c) = W'(a) at m = a + c, tabulated. At a concave corner of
 * the network c jumps while a stays: both sides are in the table, so the stretch between is c = m - a, exactly. */
#include "savings/savings.h"
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { TABLE_POINTS = 10001 };

struct savings_implied {
    const savings_solution *solution;
    savings_object object;
    const crease_net *net;
    crease_work *work;
    size_t count; /* of the table of W and pinvW */
    double *m, *c;
    const char *reason; /* why there is no policy, or NULL */
};

static bool is_of_assets(savings_object object) {
    return object == SAVINGS_W || object == SAVINGS_PINV_W;
}

/* Slope of the value, given value and slope of the net. */
static double value_slope(const savings_implied *implied, double y, double slope) {
    if (implied->object == SAVINGS_DV)
        return y;
    if (implied->object == SAVINGS_V || implied->object == SAVINGS_W)
        return slope;
    double weight = savings_value_weight(implied->solution, implied->object);
    return y > 0 ? weight * savings_marginal_utility(implied->solution->parameters.crra, y) * slope : NAN;
}

static double spend(const savings_implied *implied, double dV) {
    const savings_parameters *p = &implied->solution->parameters;
    double marginal = implied->solution->model == SAVINGS_C ? dV / p->R : dV;
    return marginal > 0 ? pow(marginal, -1 / p->crra) : NAN;
}

double savings_implied_slope(const savings_implied *implied, double x) {
    double y, slope;
    crease_net_input_gradient(implied->net, NULL, implied->work, 1, &x, &y, &slope);
    const savings_parameters *p = &implied->solution->parameters;
    if (implied->object != SAVINGS_CONSUMPTION)
        return value_slope(implied, y, slope);
    double marginal = y > 0 ? savings_marginal_utility(p->crra, y) : NAN;
    return implied->solution->model == SAVINGS_C ? p->R / (p->R - 1) * marginal * slope : marginal;
}

/* Below the table a is at the limit, or the last piece goes on; above, the last piece. */
static double look_up(const savings_implied *implied, double m) {
    const double *x = implied->m, *c = implied->c;
    size_t low = 0, high = implied->count - 1;
    if (m < x[0] && !isnan(implied->solution->binding_m))
        return m - implied->solution->parameters.limit;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (x[middle] <= m)
            low = middle;
        else
            high = middle;
    }
    return c[low] + (c[high] - c[low]) * (m - x[low]) / (x[high] - x[low]);
}

const char *savings_implied_reason(const savings_implied *implied) {
    return implied->reason;
}

double savings_implied_consumption(double x, void *context) {
    const savings_implied *implied = context;
    double y, slope;
    if (implied->reason)
        return NAN;
    if (is_of_assets(implied->object))
        return look_up(implied, x);
    if (implied->object == SAVINGS_CONSUMPTION || implied->object == SAVINGS_DV) {
        crease_net_evaluate(implied->net, NULL, implied->work, 1, &x, &y);
        return implied->object == SAVINGS_DV ? spend(implied, y) : y;
    }
    crease_net_input_gradient(implied->net, NULL, implied->work, 1, &x, &y, &slope);
    return spend(implied, value_slope(implied, y, slope));
}

void savings_implied_range(const savings_implied *implied, double *from, double *to) {
    savings_object_range(implied->solution, SAVINGS_CONSUMPTION, from, to);
    if (!is_of_assets(implied->object) || implied->reason)
        return;
    if (isnan(implied->solution->binding_m))
        *from = fmax(*from, implied->m[0]);
    *to = fmin(*to, implied->m[implied->count - 1]);
}

/* Appends c at assets a where the net's value is y and its slope `slope`; false where m does not ascend. */
static bool append(savings_implied *implied, double a, double y, double slope) {
    double c = spend(implied, value_slope(implied, y, slope)), m = a + c;
    size_t n = implied->count;
    if (!isfinite(c))
        return false;
    if (n > 0 && !(m > implied->m[n - 1])) {
        /* as flat as rounding: the same point again */
        return m >= implied->m[n - 1] - 1e-12 * (1 + fabs(m));
    }
    implied->m[n] = m;
    implied->c[n] = c;
    implied->count++;
    return true;
}

/* Both sides of a corner. */
static bool append_corner(savings_implied *implied, const crease_kink *kink) {
    double y;
    crease_net_evaluate(implied->net, NULL, implied->work, 1, &kink->x, &y);
    return append(implied, kink->x, y, kink->slope_left) && append(implied, kink->x, y, kink->slope_right);
}

static crease_status tabulate(savings_implied *implied, crease_error *error) {
    double from, to;
    crease_kink *kinks = NULL;
    size_t corners = 0, next = 0;
    savings_object_range(implied->solution, implied->object, &from, &to);
    if (crease_net_is_piecewise_linear(implied->net) || implied->net->layer_count == 1) {
        crease_status status = crease_net_kinks(implied->net, &kinks, &corners, error);
        if (status != CREASE_OK)
            return status;
    }
    size_t room = TABLE_POINTS + 2 * corners;
    implied->m = reallocarray(NULL, room, 2 * sizeof *implied->m);
    if (!implied->m) {
        free(kinks);
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu points of a policy", room);
    }
    implied->c = implied->m + room;
    bool ascends = true;
    double a = from;
    for (size_t i = 0; i < TABLE_POINTS && ascends; i++) {
        double y, slope;
        a = from + (to - from) * (double)i / (TABLE_POINTS - 1);
        while (next < corners && kinks[next].x < from)
            next++;
        bool at_corner = false;
        while (next < corners && kinks[next].x <= a && ascends) {
            at_corner = kinks[next].x == a;
            ascends = append_corner(implied, &kinks[next++]);
        }
        if (at_corner || !ascends)
            continue;
        crease_net_input_gradient(implied->net, NULL, implied->work, 1, &a, &y, &slope);
        ascends = append(implied, a, y, slope);
    }
    free(kinks);
    if (!ascends || implied->count < 2)
        implied->reason =
            "the fitted slope W' rises or is not positive somewhere, so m = a + c does not ascend with a and "
            "consumption is no function of m";
    return CREASE_OK;
}

crease_status savings_implied_new(const savings_solution *solution, savings_object object,
                                  const crease_net *net, savings_implied **implied, crease_error *error) {
    *implied = calloc(1, sizeof **implied);
    if (!*implied)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a policy");
    **implied = (savings_implied){.solution = solution, .object = object, .net = net};
    crease_status status = crease_work_new(net, &(*implied)->work, error);
    if (status == CREASE_OK && is_of_assets(object))
        status = tabulate(*implied, error);
    if (status != CREASE_OK) {
        savings_implied_free(*implied);
        *implied = NULL;
    }
    return status;
}

void savings_implied_free(savings_implied *implied) {
    if (!implied)
        return;
    crease_work_free(implied->work);
    free(implied->m);
    free(implied);
}

/* c'(a) of D by central differences, closer together next to the limit, where c is a square root. */
static double growth_error(const savings_solution *solution, double a, savings_policy *policy,
                           void *context) {
    const savings_parameters *p = &solution->parameters;
    double x = a - p->limit, h = 1e-4 * fmin(x, 1 + fabs(a)), q = (p->discount_rate - p->interest) / p->crra;
    if (!(x > 0))
        return NAN;
    double c = policy(a, context), slope = (policy(a + h, context) - policy(a - h, context)) / (2 * h);
    double error = fabs(slope * (c - p->income - p->interest * a) / c - q);
    return c > 0 && isfinite(error) ? error : 1;
}

/* beta R = 1: by the Euler equation c never changes, and y + (R-1) a is the only such c that the budget bears for ever. One period
 * alone would not tell: any c that is locally constant solves it. */
static double repayer_error(const savings_solution *solution, double a, savings_policy *policy,
                            void *context) {
    const savings_parameters *p = &solution->parameters;
    if (a - solution->m[0] <= 1e-9 * (1 + fabs(a))) /* at a* itself the equation is an inequality */
        return NAN;
    double c = policy(a, context), error = fabs((p->income + (p->R - 1) * a) / c - 1);
    return c > 0 && isfinite(error) ? error : 1;
}

double savings_policy_error(const savings_solution *solution, double x, savings_policy *policy,
                            void *context) {
    if (solution->model == SAVINGS_C)
        return repayer_error(solution, x, policy, context);
    if (solution->model == SAVINGS_D)
        return growth_error(solution, x, policy, context);
    return savings_euler_error(solution, x, policy, context);
}
