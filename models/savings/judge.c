/* How good a network is as the value or the policy of a solved problem, on points that it was not fitted to.
 *
 * Euler errors: log10 |(beta R)^(-1/g) c'/c - 1| with c and c' from the network, m' = R (m - c) + y. Points
 * at which the exact household is at the limit are left out: there the Euler equation is an inequality. */
#include "savings/savings.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { JUDGING_POINTS = 10001 };

typedef struct net_policy {
    const crease_net *net;
    crease_work *work;
} net_policy;

static double follow_net(double m, void *context) {
    const net_policy *policy = context;
    double c;
    crease_net_evaluate(policy->net, NULL, policy->work, 1, &m, &c);
    return c;
}

static double net_slope(const crease_net *net, crease_work *work, double x) {
    double slope;
    crease_net_input_gradient(net, NULL, work, 1, &x, NULL, &slope);
    return slope;
}

static void judge_errors(const savings_solution *solution, net_policy *policy, savings_fit_row *row) {
    double from, to, sum = 0;
    savings_object_range(solution, row->object, &from, &to);
    row->max_error = row->near_kink_error = 0;
    bool inside = row->critical >= from && row->critical <= to;
    size_t points = JUDGING_POINTS + (size_t)inside;
    for (size_t i = 0; i < points; i++) {
        double x =
            i == JUDGING_POINTS ? row->critical : from + (to - from) * (double)i / (JUDGING_POINTS - 1);
        double error = fabs(follow_net(x, policy) - savings_object_at(solution, row->object, x, NULL, NULL));
        sum += error * error;
        row->max_error = fmax(row->max_error, error);
        if (fabs(x - row->critical) <= .05 * (to - from))
            row->near_kink_error = fmax(row->near_kink_error, error);
    }
    row->rmse = sqrt(sum / (double)points);
    if (isnan(row->critical))
        row->near_kink_error = NAN;
}

/* What a fit of a pseudo-inverse value is worth as the value itself: u(n), or beta log n for the W of log
 * utility. */
static void judge_raw_value(const savings_solution *solution, net_policy *policy, savings_fit_row *row) {
    const savings_parameters *p = &solution->parameters;
    double from, to, scale = savings_value_weight(solution, row->object);
    savings_object raw = row->object == SAVINGS_PINV_W ? SAVINGS_W : SAVINGS_V;
    row->raw_max_error = NAN;
    if (row->object != SAVINGS_PINV_W && row->object != SAVINGS_PINV_V)
        return;
    savings_object_range(solution, row->object, &from, &to);
    row->raw_max_error = 0;
    for (size_t i = 0; i < JUDGING_POINTS; i++) {
        double x = from + (to - from) * (double)i / (JUDGING_POINTS - 1);
        double value = scale * savings_utility(p->crra, follow_net(x, policy));
        double error = fabs(value - savings_object_at(solution, raw, x, NULL, NULL));
        row->raw_max_error = isfinite(value) ? fmax(row->raw_max_error, error) : INFINITY;
    }
}

static void judge_slopes(const savings_solution *solution, const net_policy *policy, savings_fit_row *row) {
    double from, to, left, right, h, unused;
    savings_object_range(solution, row->object, &from, &to);
    h = .001 * (to - from);
    savings_object_at(solution, row->object, row->critical - h, &left, &unused);
    savings_object_at(solution, row->object, row->critical + h, &unused, &right);
    row->true_slope_ratio = left / right;
    row->slope_ratio = net_slope(policy->net, policy->work, row->critical - h) /
                       net_slope(policy->net, policy->work, row->critical + h);
    if (isnan(row->critical))
        row->slope_ratio = NAN;
}

static void judge_euler(const savings_solution *solution, net_policy *policy, savings_fit_row *row) {
    double from, to, sum = 0;
    size_t count = 0;
    row->euler_mean = row->euler_max = NAN;
    if (row->object != SAVINGS_CONSUMPTION)
        return;
    savings_object_range(solution, row->object, &from, &to);
    for (size_t i = 0; i < JUDGING_POINTS; i++) {
        double m = from + (to - from) * (double)i / (JUDGING_POINTS - 1);
        double error = savings_euler_error(solution, m, follow_net, policy);
        if (isnan(error))
            continue;
        error = log10(fmax(error, DBL_EPSILON));
        row->euler_max = fmax(row->euler_max, error);
        sum += error;
        count++;
    }
    if (count > 0)
        row->euler_mean = sum / (double)count;
}

static crease_status judge_kink(savings_fit_row *row, crease_error *error) {
    row->kink = NAN;
    if (isnan(row->critical))
        return CREASE_OK;
    if (!crease_net_is_piecewise_linear(row->net) && row->net->layer_count > 1)
        return CREASE_OK; /* seams of deep nets with smooth units are not followed */
    crease_kink *kinks;
    size_t count;
    crease_status status = crease_net_kinks(row->net, &kinks, &count, error);
    for (size_t i = 0; status == CREASE_OK && i < count; i++)
        if (!(fabs(kinks[i].x - row->critical) >= fabs(row->kink - row->critical)))
            row->kink = kinks[i].x;
    free(kinks);
    return status;
}

crease_status savings_judge(const savings_solution *solution, savings_object object, crease_net *net,
                            savings_fit_row *row, crease_error *error) {
    *row = (savings_fit_row){.object = object,
                             .net = net,
                             .n_params = net->parameter_count,
                             .n_free = crease_net_free_count(net),
                             .critical = savings_critical_point(solution, object)};
    net_policy policy = {.net = net};
    crease_status status = crease_work_new(net, &policy.work, error);
    if (status == CREASE_OK)
        status = judge_kink(row, error);
    if (status == CREASE_OK) {
        judge_errors(solution, &policy, row);
        judge_raw_value(solution, &policy, row);
        judge_slopes(solution, &policy, row);
        judge_euler(solution, &policy, row);
    }
    crease_work_free(policy.work);
    if (status != CREASE_OK)
        savings_fit_row_clear(row);
    return status;
}

void savings_fit_row_clear(savings_fit_row *row) {
    crease_net_free(row->net);
    row->net = NULL;
}
