/* The functions of one variable that a solution holds, their slopes and their kinks.
 *
 * n(W) = ((1-g) W)^(1/(1-g)): in B beta^(1/(1-g)) (y + B(a)), straight on both sides of the limit. For log utility a value is a
 * sum of logarithms of total weight w, so exp(W/w) takes its place: in B y + B(a). */
#include "savings/models.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const object_name[SAVINGS_OBJECT_COUNT] = {"W", "pinvW", "V", "pinvV", "dV", "c"};

static bool is_of_assets(savings_object object) {
    return object == SAVINGS_W || object == SAVINGS_PINV_W;
}

const char *savings_object_name(savings_object object) {
    return (unsigned)object < SAVINGS_OBJECT_COUNT ? object_name[object] : "unknown";
}

const char *savings_object_variable(savings_model model, savings_object object) {
    return is_of_assets(object) ? "a" : savings_state_name(model);
}

bool savings_object_exists(savings_model model, savings_object object) {
    return !is_of_assets(object) || model == SAVINGS_B || model == SAVINGS_K3 || model == SAVINGS_D1;
}

double savings_value_weight(const savings_solution *solution, savings_object object) {
    const savings_parameters *p = &solution->parameters;
    return p->crra == 1 ? solution->methods->weight(p, is_of_assets(object)) : 1;
}

/* n of a value and its slopes, in place. */
static double invert(const savings_solution *solution, savings_object object, double value, double *left,
                     double *right) {
    double scale = 1 / savings_value_weight(solution, object), slope;
    double n = savings_pseudo_inverse(solution->parameters.crra, scale * value, &slope);
    *left *= scale * slope;
    *right *= scale * slope;
    return n;
}

double savings_object_at(const savings_solution *solution, savings_object object, double x,
                         double *slope_left, double *slope_right) {
    double value, left, right;
    if (is_of_assets(object)) {
        savings_end_value end = savings_end_value_at(solution, x);
        value = end.W;
        left = end.slope_left;
        right = end.slope_right;
    } else {
        savings_point point = savings_point_at(solution, x);
        value = object == SAVINGS_CONSUMPTION ? point.c : object == SAVINGS_DV ? point.dV : point.V;
        left = object == SAVINGS_CONSUMPTION ? point.mpc_left
               : object == SAVINGS_DV        ? point.d2V_left
                                             : point.dV_left;
        right = object == SAVINGS_CONSUMPTION ? point.mpc : object == SAVINGS_DV ? point.d2V : point.dV;
    }
    if (object == SAVINGS_PINV_W || object == SAVINGS_PINV_V)
        value = invert(solution, object, value, &left, &right);
    if (slope_left)
        *slope_left = left;
    if (slope_right)
        *slope_right = right;
    return value;
}

void savings_object_range(const savings_solution *solution, savings_object object, double *from, double *to) {
    solution->methods->range(solution, is_of_assets(object), from, to);
}

/* Kinks of the rate at which it jumps, ascending; returns how many, at most SAVINGS_MOST_RATES. */
static size_t rate_kinks(const savings_solution *solution, double *at) {
    size_t count = 0;
    if (solution->model == SAVINGS_B && solution->knots > 0)
        at[count++] = solution->parameters.limit;
    const savings_household *household = solution->household;
    for (size_t i = 0; household && i + 1 < household->rate_count; i++)
        if (household->rate[i] > household->rate[i + 1] && household->rate_kink[i] > solution->rule->a[0])
            at[count++] = household->rate_kink[i];
    return count;
}

double savings_critical_point(const savings_solution *solution, savings_object object) {
    double at[SAVINGS_MOST_RATES];
    if (is_of_assets(object))
        return rate_kinks(solution, at) > 0 ? at[0] : NAN;
    if (solution->model == SAVINGS_D)
        return solution->parameters.limit;
    return solution->knots > 0 ? solution->m[0] : NAN;
}

crease_status savings_kinks(const savings_solution *solution, double highest, savings_kink **kinks,
                            size_t *count, crease_error *error) {
    double at[SAVINGS_MOST_RATES];
    size_t rates = rate_kinks(solution, at), room = 2 * rates + 3 * solution->knots + 1;
    *count = 0;
    *kinks = calloc(room, sizeof **kinks);
    if (!*kinks)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu kinks", room);
    for (savings_object object = 0; object < SAVINGS_OBJECT_COUNT; object++) {
        bool of_assets = is_of_assets(object), of_value = object == SAVINGS_V || object == SAVINGS_PINV_V;
        if (!savings_object_exists(solution->model, object) || object == SAVINGS_DV ||
            (of_value && solution->model != SAVINGS_C))
            continue;
        const double *place = of_assets ? at : solution->m;
        for (size_t i = 0; i < (of_assets ? rates : solution->knots) && place[i] <= highest; i++) {
            savings_kink kink = {.object = object, .x = place[i]};
            savings_object_at(solution, object, kink.x, &kink.slope_left, &kink.slope_right);
            (*kinks)[(*count)++] = kink;
        }
    }
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
