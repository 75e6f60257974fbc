/* The functions of one variable that a solution holds, their slopes and their kinks.
 *
 * pinv W: n(W) = ((1-g) W)^(1/(1-g)) = beta^(1/(1-g)) (y + B(a)), straight on both sides of the limit. For
 * log utility W = beta log(y + B(a)), so exp(W/beta) = y + B(a) takes its place. */
#include "savings/savings.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const object_name[SAVINGS_OBJECT_COUNT] = {"W", "pinvW", "V", "pinvV", "c"};

static bool is_of_assets(savings_object object) {
    return object == SAVINGS_W || object == SAVINGS_PINV_W;
}

const char *savings_object_name(savings_object object) {
    return (unsigned)object < SAVINGS_OBJECT_COUNT ? object_name[object] : "unknown";
}

const char *savings_object_variable(savings_object object) {
    return is_of_assets(object) ? "a" : "m";
}

bool savings_object_exists(savings_model model, savings_object object) {
    return model == SAVINGS_B || !is_of_assets(object);
}

static double end_value_at(const savings_solution *solution, savings_object object, double a, double *left,
                           double *right) {
    double crra = solution->parameters.crra, scale = crra == 1 ? 1 / solution->parameters.beta : 1, slope;
    savings_end_value end = savings_end_value_at(solution, a);
    *left = end.slope_left;
    *right = end.slope_right;
    if (object == SAVINGS_W)
        return end.W;
    double n = savings_pseudo_inverse(crra, scale * end.W, &slope);
    *left *= scale * slope;
    *right *= scale * slope;
    return n;
}

static double at_cash_on_hand(const savings_solution *solution, savings_object object, double m, double *left,
                              double *right) {
    savings_point point = savings_evaluate(solution, m);
    if (object == SAVINGS_C) {
        *left = *right = point.mpc;
        for (size_t i = 0; i < solution->knots; i++)
            if (solution->m[i] == m)
                *left = i == 0 ? solution->slope_left : solution->slope[i - 1];
        return point.c;
    }
    *left = *right = point.dV;
    if (object == SAVINGS_V)
        return point.V;
    double slope, n = savings_pseudo_inverse(solution->parameters.crra, point.V, &slope);
    *left = *right = point.dV * slope;
    return n;
}

double savings_object_at(const savings_solution *solution, savings_object object, double x,
                         double *slope_left, double *slope_right) {
    double left, right;
    double value = is_of_assets(object) ? end_value_at(solution, object, x, &left, &right)
                                        : at_cash_on_hand(solution, object, x, &left, &right);
    if (slope_left)
        *slope_left = left;
    if (slope_right)
        *slope_right = right;
    return value;
}

void savings_object_range(const savings_solution *solution, savings_object object, double *from, double *to) {
    const savings_parameters *p = &solution->parameters;
    if (solution->model == SAVINGS_A) {
        double income = p->income + (p->R - 1) * p->limit; /* what is left with assets at the limit */
        *from = p->limit + .2 * income;
        *to = fmin(p->limit + 4 * income, solution->highest_m);
        return;
    }
    double second = p->income + p->R * p->limit;
    *from = p->limit - .6 * second / (p->R + p->penalty); /* six tenths of the way to nothing to consume */
    *to = p->limit + (is_of_assets(object) ? 1.5 : 3) * second;
}

double savings_critical_point(const savings_solution *solution, savings_object object) {
    if (solution->knots == 0)
        return NAN;
    return is_of_assets(object) ? solution->parameters.limit : solution->m[0];
}

crease_status savings_kinks(const savings_solution *solution, double highest, savings_kink **kinks,
                            size_t *count, crease_error *error) {
    *count = 0;
    *kinks = calloc(solution->knots + 2, sizeof **kinks);
    if (!*kinks)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu kinks", solution->knots + 2);
    for (savings_object object = SAVINGS_W; object <= SAVINGS_PINV_W; object++) {
        savings_kink kink = {.object = object, .x = solution->parameters.limit};
        if (solution->model != SAVINGS_B || solution->knots == 0 || kink.x > highest)
            continue;
        savings_object_at(solution, object, kink.x, &kink.slope_left, &kink.slope_right);
        (*kinks)[(*count)++] = kink;
    }
    for (size_t i = 0; i < solution->knots && solution->m[i] <= highest; i++)
        (*kinks)[(*count)++] =
            (savings_kink){.object = SAVINGS_C,
                           .x = solution->m[i],
                           .slope_left = i == 0 ? solution->slope_left : solution->slope[i - 1],
                           .slope_right = solution->slope[i]};
    return CREASE_OK;
}

/* c(x) = c(from) + slope (x - from) + sum of slope changes times max(0, x - knot). */
crease_status savings_policy_net(const savings_solution *solution, double from, double to, crease_net **net,
                                 crease_error *error) {
    *net = NULL;
    size_t first = 0;
    while (first < solution->knots && solution->m[first] < from)
        first++;
    size_t last = first;
    while (last < solution->knots && solution->m[last] <= to)
        last++;
    size_t hinges = last - first;
    if (hinges == 0)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "the policy has no kink between %g and %g", from, to);
    char spec[64];
    snprintf(spec, sizeof spec, "affine+relu:%zu", hinges);
    crease_net *made;
    crease_status status = crease_net_parse(spec, 1, 1, &made, error);
    if (status != CREASE_OK)
        return status;
    double slope = first == 0 ? solution->slope_left : solution->slope[first - 1], *theta = made->theta;
    theta[made->affine_weights] = slope;
    theta[made->output_biases] = savings_consumption(solution, from) - slope * from;
    for (size_t i = 0; i < hinges; i++) {
        theta[made->layer[0].weights + i] = 1;
        theta[made->layer[0].biases + i] = -solution->m[first + i];
        theta[made->output_weights + i] = solution->slope[first + i] - slope;
        slope = solution->slope[first + i];
    }
    *net = made;
    return CREASE_OK;
}

/* f'(x) from x, x + h, .., x + 4h: (-25 f0 + 48 f1 - 36 f2 + 16 f3 - 3 f4)/(12 h), error h^4 f'''''/5. */
static double one_sided_slope(const savings_solution *solution, savings_object object, double x, double h) {
    static const double weight[] = {-25, 48, -36, 16, -3};
    double sum = 0;
    for (int i = 0; i < 5; i++)
        sum += weight[i] * savings_object_at(solution, object, x + i * h, NULL, NULL);
    return sum / (12 * h);
}

void savings_measured_slopes(const savings_solution *solution, savings_object object, double x, double h,
                             double *slope_left, double *slope_right) {
    *slope_left = one_sided_slope(solution, object, x, -h);
    *slope_right = one_sided_slope(solution, object, x, h);
}
