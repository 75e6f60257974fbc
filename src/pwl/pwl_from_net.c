/* A network of one variable whose units are piecewise linear, as a polyline.
 *
 * One hidden layer: unit i is o (w u + b) d with d its slope below or above z = 0, and changes over at
 * u = -b/w. Left of all corners v = G u + O with G = A + sum o w d, O = B + sum o b d; each corner, in order,
 * adds its jump to G and O. All of it in double-double, so that values at the knots and the end slopes are the
 * network's own, rounded once, for any number of knots: O(k log k). Deeper: the kinks that net_kinks.c follows,
 * and the network's values there. */
#include "crease/pwl.h"
#include "pwl/double_double.h"
#include <float.h>
#include <stdlib.h>

static crease_status check_shape(const crease_net *net, crease_error *error) {
    if (net->inputs != 1 || net->outputs != 1)
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "a polyline has one input and one output, this network %zu and %zu; keep it as .json",
            net->inputs, net->outputs);
    for (size_t l = 0; l < net->layer_count; l++)
        for (size_t g = 0; g < net->layer[l].group_count; g++) {
            const crease_group *group = &net->layer[l].group[g];
            if (!crease_activation_is_piecewise_linear(group->activation, group->parameter))
                return crease_fail(error, CREASE_BAD_ARGUMENT,
                                   "a polyline has straight pieces only, and the %s%s units of this network "
                                   "are curved; keep "
                                   "it as .json",
                                   crease_activation_name(group->activation),
                                   group->activation == CREASE_HINGE ? "^p" : "");
        }
    return CREASE_OK;
}

/* ---- one hidden layer ---- */

typedef struct corner {
    double x;
    dd gain, offset; /* that are added where x is passed */
    double size;     /* |terms| in gain */
} corner;

static int by_x(const void *a, const void *b) {
    double x = ((const corner *)a)->x, y = ((const corner *)b)->x;
    return (x > y) - (x < y);
}

static double slope_of_unit(const crease_group *group, double parameter, double side) {
    double derivative;
    crease_activation_evaluate(group->activation, parameter, 0, 1, &side, NULL, &derivative);
    return derivative;
}

/* Adds every unit as it is left of its corner to gain and offset, and lists the corners. */
static size_t list_corners(const crease_net *net, corner *list, dd *gain, dd *offset) {
    const crease_layer *layer = &net->layer[0];
    size_t count = 0, unit = 0, prelu = 0;
    for (size_t g = 0; g < layer->group_count; g++)
        for (size_t end = unit + layer->group[g].width; unit < end; unit++) {
            const crease_group *group = &layer->group[g];
            double parameter =
                group->activation == CREASE_PRELU ? net->theta[layer->slopes + prelu++] : group->parameter;
            double w = net->theta[layer->weights + unit], b = net->theta[layer->biases + unit];
            double out = net->theta[net->output_weights + unit];
            double below = slope_of_unit(group, parameter, -1), above = slope_of_unit(group, parameter, 1);
            dd root = dd_divide(dd_from(-b), dd_from(w));
            double x = dd_round(dd_add(dd_from(net->input_shift[0]), dd_times(root, net->input_scale[0])));
            bool turns = isfinite(root.hi) && isfinite(x);
            double left = turns ? (w > 0 ? below : above) : b > 0 ? above : below;
            dd through_gain = dd_product(out, w), through_offset = dd_product(out, b);
            *gain = dd_add(*gain, dd_times(through_gain, left));
            *offset = dd_add(*offset, dd_times(through_offset, left));
            if (!turns || above == below || out == 0)
                continue;
            dd change = w > 0 ? dd_difference(above, below) : dd_difference(below, above);
            corner c = {.x = x + 0.0,
                        .gain = dd_multiply(through_gain, change),
                        .offset = dd_multiply(through_offset, change)};
            c.size = fabs(c.gain.hi);
            list[count++] = c;
        }
    return count;
}

/* Raw value at raw x of the piece G u + O. */
static double piece_value(const crease_net *net, dd gain, dd offset, double x) {
    dd u = dd_divide(dd_difference(x, net->input_shift[0]), dd_from(net->input_scale[0]));
    dd v = dd_add(dd_multiply(gain, u), offset);
    return dd_round(dd_add(dd_times(v, net->output_scale[0]), dd_from(net->output_shift[0])));
}

static double piece_slope(const crease_net *net, dd gain) {
    return dd_round(dd_divide(dd_times(gain, net->output_scale[0]), dd_from(net->input_scale[0])));
}

/* Corners at one place up to rounding: their positions differ by a few units in the last place and the function
 * does not step between them. */
static bool together(const crease_net *net, const corner *from, const corner *to, dd gain, double y) {
    double apart = to->x - from->x;
    return apart <= 4 * DBL_EPSILON * fmax(fabs(to->x), net->input_scale[0]) &&
           fabs(piece_slope(net, gain)) * apart <= 16 * DBL_EPSILON * (fabs(y) + net->output_scale[0]);
}

static void sweep(const crease_net *net, const corner *list, size_t count, dd gain, dd offset,
                  crease_pwl *pwl) {
    size_t knots = 0;
    pwl->slope_left = piece_slope(net, gain);
    pwl->value_at_zero = piece_value(net, gain, offset, 0);
    for (size_t c = 0; c < count;) {
        double x = list[c].x, y = piece_value(net, gain, offset, x), size = 0;
        dd jump = {0, 0};
        size_t first = c;
        do {
            jump = dd_add(jump, list[c].gain);
            gain = dd_add(gain, list[c].gain);
            offset = dd_add(offset, list[c].offset);
            size += list[c].size;
            c++;
        } while (c < count && together(net, &list[first], &list[c], gain, y));
        if (jump.hi == 0 || (c - first > 1 && fabs(jump.hi) <= 8 * DBL_EPSILON * size))
            continue; /* corners that cancel */
        pwl->x[knots] = x;
        pwl->y[knots++] = y;
    }
    pwl->knot_count = knots;
    pwl->slope_right = knots ? piece_slope(net, gain) : pwl->slope_left;
}

static crease_status from_one_layer(const crease_net *net, crease_pwl **pwl, crease_error *error) {
    size_t width = net->layer_count ? net->layer[0].width : 0;
    corner *list = calloc(width ? width : 1, sizeof *list);
    if (!list)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the corners of %zu units", width);
    dd gain = dd_from(net->affine ? net->theta[net->affine_weights] : 0);
    dd offset = dd_from(net->theta[net->output_biases]);
    size_t count = width ? list_corners(net, list, &gain, &offset) : 0;
    qsort(list, count, sizeof *list, by_x);
    crease_status status = crease_pwl_new(pwl, count, error);
    if (status == CREASE_OK)
        sweep(net, list, count, gain, offset, *pwl);
    free(list);
    return status;
}

/* ---- deeper ---- */

static crease_status from_kinks(const crease_net *net, crease_pwl **pwl, crease_error *error) {
    crease_kink *kink = NULL;
    crease_work *work = NULL;
    size_t count;
    crease_status status = crease_net_kinks(net, &kink, &count, error);
    if (status == CREASE_OK)
        status = crease_work_new(net, &work, error);
    if (status == CREASE_OK)
        status = crease_pwl_new(pwl, count, error);
    if (status != CREASE_OK)
        goto done;
    crease_pwl *made = *pwl;
    for (size_t i = 0; i < count; i++)
        made->x[i] = kink[i].x;
    crease_net_evaluate(net, NULL, work, count, made->x, made->y);
    if (count) {
        made->slope_left = kink[0].slope_left;
        made->slope_right = kink[count - 1].slope_right;
    } else {
        double zero = 0;
        crease_net_input_gradient(net, NULL, work, 1, &zero, &made->value_at_zero, &made->slope_left);
        made->slope_right = made->slope_left;
    }
done:
    free(kink);
    crease_work_free(work);
    return status;
}

crease_status crease_pwl_from_net(const crease_net *net, crease_pwl **pwl, crease_error *error) {
    *pwl = NULL;
    crease_status status = check_shape(net, error);
    if (status == CREASE_OK)
        status = net->layer_count <= 1 ? from_one_layer(net, pwl, error) : from_kinks(net, pwl, error);
    if (status != CREASE_OK)
        return status;
    bool finite = isfinite((*pwl)->slope_left) && isfinite((*pwl)->slope_right) &&
                  ((*pwl)->knot_count || isfinite((*pwl)->value_at_zero));
    for (size_t i = 0; i < (*pwl)->knot_count; i++)
        finite = finite && isfinite((*pwl)->x[i]) && isfinite((*pwl)->y[i]);
    if (finite)
        return CREASE_OK;
    crease_pwl_free(*pwl);
    *pwl = NULL;
    return crease_fail(error, CREASE_BAD_DATA,
                       "the network's values at its kinks are beyond the range of numbers");
}
