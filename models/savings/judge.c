/* How good a network is as the value or the policy of a solved problem, on points that it was not fitted to: errors, corners and
 * slopes. What its policy is worth: judge_policy.c. */
#include "savings/judge.h"
#include <math.h>
#include <stdlib.h>

static double point_at(double from, double to, size_t i) {
    return from + (to - from) * (double)i / (SAVINGS_JUDGING_POINTS - 1);
}

static double net_slope(const crease_net *net, crease_work *work, double x) {
    double slope;
    crease_net_input_gradient(net, NULL, work, 1, &x, NULL, &slope);
    return slope;
}

/* values: the net at the judging points. */
static void judge_errors(const savings_solution *solution, crease_work *work, const double *values,
                         savings_fit_row *row) {
    double from, to, sum = 0, y;
    savings_object_range(solution, row->object, &from, &to);
    row->max_error = row->near_kink_error = 0;
    bool inside = row->critical >= from && row->critical <= to;
    size_t points = SAVINGS_JUDGING_POINTS + (size_t)inside;
    for (size_t i = 0; i < points; i++) {
        bool at_critical = i == SAVINGS_JUDGING_POINTS;
        double x = at_critical ? row->critical : point_at(from, to, i);
        if (at_critical)
            crease_net_evaluate(row->net, NULL, work, 1, &x, &y);
        else
            y = values[i];
        double error = fabs(y - savings_object_at(solution, row->object, x, NULL, NULL));
        sum += error * error;
        row->max_error = fmax(row->max_error, error);
        if (fabs(x - row->critical) <= .05 * (to - from))
            row->near_kink_error = fmax(row->near_kink_error, error);
    }
    row->rmse = sqrt(sum / (double)points);
    if (isnan(row->critical))
        row->near_kink_error = NAN;
}

/* What a fit of a pseudo-inverse value is worth as the value itself: u(n), times the weight of log utility. */
static void judge_raw_value(const savings_solution *solution, const double *values, savings_fit_row *row) {
    double from, to, scale = savings_value_weight(solution, row->object);
    savings_object raw = row->object == SAVINGS_PINV_W ? SAVINGS_W : SAVINGS_V;
    row->raw_max_error = NAN;
    if (row->object != SAVINGS_PINV_W && row->object != SAVINGS_PINV_V)
        return;
    savings_object_range(solution, row->object, &from, &to);
    row->raw_max_error = 0;
    for (size_t i = 0; i < SAVINGS_JUDGING_POINTS; i++) {
        double value = scale * savings_utility(solution->parameters.crra, values[i]);
        double exact = savings_object_at(solution, raw, point_at(from, to, i), NULL, NULL);
        row->raw_max_error = isfinite(value) ? fmax(row->raw_max_error, fabs(value - exact)) : INFINITY;
    }
}

static void judge_slopes(const savings_solution *solution, crease_work *work, savings_fit_row *row) {
    double from, to, left, right, h, unused;
    savings_object_range(solution, row->object, &from, &to);
    h = .001 * (to - from);
    savings_object_at(solution, row->object, row->critical - h, &left, &unused);
    savings_object_at(solution, row->object, row->critical + h, &unused, &right);
    row->true_slope_ratio = left / right;
    row->slope_ratio =
        net_slope(row->net, work, row->critical - h) / net_slope(row->net, work, row->critical + h);
    if (isnan(row->true_slope_ratio))
        row->slope_ratio = NAN;
}

/* Seams of deep nets with smooth units are not followed. */
static crease_status judge_corner(savings_fit_row *row, crease_error *error) {
    row->corner = row->kink = NAN;
    if (isnan(row->critical) || (!crease_net_is_piecewise_linear(row->net) && row->net->layer_count > 1))
        return CREASE_OK;
    crease_kink *kinks;
    size_t count;
    crease_status status = crease_net_kinks(row->net, &kinks, &count, error);
    for (size_t i = 0; status == CREASE_OK && i < count; i++)
        if (!(fabs(kinks[i].x - row->critical) >= fabs(row->corner - row->critical)))
            row->corner = kinks[i].x;
    if (row->theory.has_kinks)
        row->kink = row->corner;
    free(kinks);
    return status;
}

static void judge_shape(const savings_solution *solution, const double *values, savings_fit_row *row) {
    double from, to;
    savings_object_range(solution, row->object, &from, &to);
    double h = (to - from) / (SAVINGS_JUDGING_POINTS - 1), bend = 0, wrong = 0;
    int curvature = row->theory.curvature == CREASE_CONVEX ? 1 : -1;
    for (size_t i = 1; i < SAVINGS_JUDGING_POINTS; i++) {
        double slope = (values[i] - values[i - 1]) / h;
        wrong = fmax(wrong, -row->theory.slope * slope);
        if (row->object == SAVINGS_CONSUMPTION)
            wrong = fmax(wrong, slope - 1);
        if (i + 1 < SAVINGS_JUDGING_POINTS)
            bend = fmax(bend, -curvature * (values[i + 1] - 2 * values[i] + values[i - 1]) / h);
    }
    row->slope_violation = row->theory.slope != 0 ? wrong : NAN;
    row->curvature_violation = row->theory.curvature != CREASE_ANY_CURVATURE ? bend : NAN;
}

crease_status savings_judge(const savings_solution *solution, savings_object object, crease_net *net,
                            savings_fit_row *row, crease_error *error) {
    *row = (savings_fit_row){.object = object,
                             .net = net,
                             .n_params = net->parameter_count,
                             .n_free = crease_net_free_count(net),
                             .theory = savings_theory_of(solution, object),
                             .critical = savings_critical_point(solution, object)};
    crease_work *work = NULL;
    double from, to, *values = malloc(2 * SAVINGS_JUDGING_POINTS * sizeof *values);
    crease_status status = values
                               ? crease_work_new(net, &work, error)
                               : crease_fail(error, CREASE_NO_MEMORY, "out of memory for the judging points");
    if (status == CREASE_OK)
        status = judge_corner(row, error);
    if (status == CREASE_OK) {
        savings_object_range(solution, object, &from, &to);
        for (size_t i = 0; i < SAVINGS_JUDGING_POINTS; i++)
            values[SAVINGS_JUDGING_POINTS + i] = point_at(from, to, i);
        crease_net_evaluate(net, NULL, work, SAVINGS_JUDGING_POINTS, values + SAVINGS_JUDGING_POINTS, values);
        judge_errors(solution, work, values, row);
        judge_raw_value(solution, values, row);
        judge_slopes(solution, work, row);
        judge_shape(solution, values, row);
        status = savings_judge_policy(solution, row, error);
    }
    crease_work_free(work);
    free(values);
    if (status != CREASE_OK)
        savings_fit_row_clear(row);
    return status;
}

void savings_fit_row_clear(savings_fit_row *row) {
    crease_net_free(row->net);
    row->net = NULL;
}
