/* Kinks of a network of one variable.
 *
 * All units piecewise linear, any depth: on an interval where a layer's input is affine, a = g u + o, each
 * pre-activation w.a + b is affine too and changes sign at one point at most; these points cut the interval,
 * and on each piece the layer's output is affine again. Recursion gives the pieces of the net from left to
 * right. One hidden layer with smooth units beside: every corner is at u = -b/w, and the slopes there are
 * sums over units with one-sided derivatives. u is the standardised input. */
#include "crease/pwl.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct kink_list {
    crease_kink *kink;
    size_t count, room;
    double rounding; /* of slopes: a few units in the last place of the largest sum of |terms| */
    bool out_of_memory;
} kink_list;

static void add_kink(kink_list *list, double x, double slope_left, double slope_right) {
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 16;
        crease_kink *grown = realloc(list->kink, room * sizeof *grown);
        if (!grown) {
            list->out_of_memory = true;
            return;
        }
        list->kink = grown;
        list->room = room;
    }
    list->kink[list->count++] = (crease_kink){.x = x + 0.0 /* no negative zero */,
                                              .slope_left = slope_left,
                                              .slope_right = slope_right,
                                              .standard_error = NAN};
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* ---- any depth, all units piecewise linear ---- */

typedef struct follower {
    const crease_net *net;
    /* for each layer: the affine map of its output (gain, offset) and of its pre-activations, and the cuts */
    double **gain, **offset, **z_gain, **z_offset, **cut;
    kink_list kinks;
    bool started;
    double previous_slope;
} follower;

static double interior_point(double low, double high) {
    if (isinf(low) && isinf(high))
        return 0;
    if (isinf(low))
        return high - fmax(1, fabs(high));
    if (isinf(high))
        return low + fmax(1, fabs(low));
    return low + (high - low) / 2;
}

static void finish_piece(follower *f, double low) {
    const crease_net *net = f->net;
    size_t last = net->layer_count;
    double slope = net->affine ? net->theta[net->affine_weights] : 0, size = fabs(slope);
    double unit = net->output_scale[0] / net->input_scale[0];
    size_t width = net->layer_count ? net->layer[last - 1].width : 0;
    for (size_t u = 0; u < width; u++) {
        double term = net->theta[net->output_weights + u] * f->gain[last][u];
        slope += term;
        size += fabs(term);
    }
    slope *= unit;
    f->kinks.rounding = fmax(f->kinks.rounding, 8 * DBL_EPSILON * size * unit);
    if (f->started && slope != f->previous_slope)
        add_kink(&f->kinks, net->input_shift[0] + net->input_scale[0] * low, f->previous_slope, slope);
    f->started = true;
    f->previous_slope = slope;
}

static void follow(follower *f, size_t l, double low, double high) {
    const crease_net *net = f->net;
    if (l == net->layer_count) {
        finish_piece(f, low);
        return;
    }
    const crease_layer *layer = &net->layer[l];
    size_t cuts = 0;
    for (size_t u = 0; u < layer->width; u++) {
        const double *weight = net->theta + layer->weights + u * layer->fan_in;
        double gain = 0, offset = net->theta[layer->biases + u];
        for (size_t k = 0; k < layer->fan_in; k++) {
            gain += weight[k] * f->gain[l][k];
            offset += weight[k] * f->offset[l][k];
        }
        f->z_gain[l][u] = gain;
        f->z_offset[l][u] = offset;
        double root = -offset / gain, parameter;
        if (crease_net_unit(net, l, u, &parameter)->activation != CREASE_IDENTITY && isfinite(root) &&
            root > low && root < high)
            f->cut[l][cuts++] = root;
    }
    qsort(f->cut[l], cuts, sizeof *f->cut[l], by_value);
    for (size_t c = 0; c <= cuts; c++) {
        double from = c == 0 ? low : f->cut[l][c - 1], to = c == cuts ? high : f->cut[l][c];
        if (from == to)
            continue;
        double inside = interior_point(from, to);
        for (size_t u = 0; u < layer->width; u++) {
            double parameter, derivative, z = f->z_gain[l][u] * inside + f->z_offset[l][u];
            const crease_group *group = crease_net_unit(net, l, u, &parameter);
            crease_activation_evaluate(group->activation, parameter, 0, 1, &z, NULL, &derivative);
            f->gain[l + 1][u] = derivative * f->z_gain[l][u];
            f->offset[l + 1][u] = derivative * f->z_offset[l][u];
        }
        follow(f, l + 1, from, to);
    }
}

static crease_status follow_pieces(const crease_net *net, kink_list *list, crease_error *error) {
    size_t layers = net->layer_count, numbers = 2;
    for (size_t l = 0; l < layers; l++)
        numbers += 5 * net->layer[l].width;
    double *memory = calloc(numbers, sizeof *memory);
    double **row = calloc(5 * (layers + 1), sizeof *row);
    crease_status status = CREASE_OK;
    if (!memory || !row) {
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for the pieces of a network");
        goto done;
    }
    follower f = {.net = net,
                  .gain = row,
                  .offset = row + layers + 1,
                  .z_gain = row + 2 * (layers + 1),
                  .z_offset = row + 3 * (layers + 1),
                  .cut = row + 4 * (layers + 1)};
    f.gain[0] = memory;
    f.offset[0] = memory + 1;
    f.gain[0][0] = 1;
    double *next = memory + 2;
    for (size_t l = 0; l < layers; l++) {
        size_t width = net->layer[l].width;
        f.gain[l + 1] = next;
        f.offset[l + 1] = next + width;
        f.z_gain[l] = next + 2 * width;
        f.z_offset[l] = next + 3 * width;
        f.cut[l] = next + 4 * width;
        next += 5 * width;
    }
    follow(&f, 0, -INFINITY, INFINITY);
    *list = f.kinks;
done:
    free(memory);
    free(row);
    return status;
}

/* ---- one hidden layer, any units ---- */

static bool has_corner(crease_activation activation, double parameter) {
    return activation == CREASE_RELU || activation == CREASE_LEAKY || activation == CREASE_PRELU ||
           (activation == CREASE_HINGE && parameter <= 1);
}

/* Derivative at z = 0- (side 0) or 0+ (side 1) of a unit with a corner. */
static double one_sided(crease_activation activation, double parameter, int side) {
    if (activation == CREASE_HINGE && parameter < 1)
        return side ? INFINITY : 0;
    double z = 0, derivative;
    crease_activation_evaluate(activation, parameter, side, 1, &z, NULL, &derivative);
    return derivative;
}

/* Slopes of the net just left and right of u; units whose corner lies within `merge` of u are taken
 * one-sidedly. */
static void slopes_at(const crease_net *net, double u, double merge, double slope[2], double *rounding) {
    const crease_layer *layer = &net->layer[0];
    double base = net->affine ? net->theta[net->affine_weights] : 0;
    double unit = net->output_scale[0] / net->input_scale[0], size = fabs(base);
    slope[0] = slope[1] = base;
    for (size_t i = 0; i < layer->width; i++) {
        double w = net->theta[layer->weights + i], b = net->theta[layer->biases + i], parameter, derivative;
        double out = net->theta[net->output_weights + i];
        const crease_group *group = crease_net_unit(net, 0, i, &parameter);
        if (has_corner(group->activation, parameter) && w != 0 && fabs(-b / w - u) <= merge) {
            for (int side = 0; side < 2; side++) {
                double d = one_sided(group->activation, parameter, w > 0 ? side : 1 - side);
                double term = d == 0 || out == 0 ? 0 : out * w * d;
                slope[side] += term;
                size += isfinite(term) ? fabs(term) : 0;
            }
            continue;
        }
        double z = w * u + b;
        crease_activation_evaluate(group->activation, parameter, 0, 1, &z, NULL, &derivative);
        slope[0] += out * w * derivative;
        slope[1] += out * w * derivative;
        size += fabs(out * w * derivative);
    }
    slope[0] *= unit;
    slope[1] *= unit;
    *rounding = fmax(*rounding, 8 * DBL_EPSILON * size * unit);
}

static crease_status corners_of_one_layer(const crease_net *net, kink_list *list, crease_error *error) {
    const crease_layer *layer = &net->layer[0];
    double *corner = malloc(layer->width * sizeof *corner);
    if (!corner)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the corners of a network");
    size_t count = 0;
    for (size_t i = 0; i < layer->width; i++) {
        double w = net->theta[layer->weights + i], parameter;
        const crease_group *group = crease_net_unit(net, 0, i, &parameter);
        double root = -net->theta[layer->biases + i] / w;
        if (has_corner(group->activation, parameter) && isfinite(root))
            corner[count++] = root;
    }
    qsort(corner, count, sizeof *corner, by_value);
    for (size_t c = 0; c < count; c++) {
        double merge = 8 * DBL_EPSILON * fmax(1, fabs(corner[c])), slope[2];
        if (c > 0 && corner[c] - corner[c - 1] <= merge)
            continue;
        slopes_at(net, corner[c], merge, slope, &list->rounding);
        if (slope[0] != slope[1])
            add_kink(list, net->input_shift[0] + net->input_scale[0] * corner[c], slope[0], slope[1]);
    }
    free(corner);
    return CREASE_OK;
}

/* Merges corners that lie together up to rounding, then drops jumps that are nothing but rounding, judged
 * against the largest slope around and against the terms that slopes are summed from. */
static void clean(kink_list *list, double x_scale) {
    double scale = 0;
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        crease_kink *last = kept ? &list->kink[kept - 1] : NULL;
        if (last && list->kink[i].x - last->x <= 16 * DBL_EPSILON * fmax(x_scale, fabs(last->x)))
            last->slope_right = list->kink[i].slope_right;
        else
            list->kink[kept++] = list->kink[i];
    }
    list->count = kept;
    kept = 0;
    for (size_t i = 0; i < list->count; i++)
        for (int side = 0; side < 2; side++) {
            double slope = side ? list->kink[i].slope_right : list->kink[i].slope_left;
            if (isfinite(slope))
                scale = fmax(scale, fabs(slope));
        }
    for (size_t i = 0; i < list->count; i++)
        if (!(fabs(list->kink[i].slope_right - list->kink[i].slope_left) <=
              fmax(1e-13 * scale, list->rounding)))
            list->kink[kept++] = list->kink[i];
    list->count = kept;
}

crease_status crease_net_kinks(const crease_net *net, crease_kink **kinks, size_t *count,
                               crease_error *error) {
    *kinks = NULL;
    *count = 0;
    if (net->inputs != 1 || net->outputs != 1)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "kinks are points for one input and one output; this network has %zu and %zu",
                           net->inputs, net->outputs);
    kink_list list = {0};
    crease_status status = CREASE_OK;
    if (crease_net_is_piecewise_linear(net))
        status = follow_pieces(net, &list, error);
    else if (net->layer_count == 1)
        status = corners_of_one_layer(net, &list, error);
    else
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "the kinks of a deep network with smooth units are not followed; use one hidden layer");
    if (status == CREASE_OK && list.out_of_memory)
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for kinks");
    if (status != CREASE_OK) {
        free(list.kink);
        return status;
    }
    clean(&list, net->input_scale[0]);
    *kinks = list.kink;
    *count = list.count;
    return CREASE_OK;
}
