/* A polyline as a network: a line and one hinge a knot.
 *
 * In u = (x - input_shift) / input_scale and v = (y - output_shift) / output_scale
 *     v(u) = B + A u + sum_{i < j} c_i max(0, u_i - u) + sum_{i >= j} c_i max(0, u - u_i)
 * where A u + B is piece j and c_i the jump of the slope at knot i: hinges face away from piece j, so terms stay
 * as small as the function's own excursions. Three things keep the digits:
 *   - scales are powers of two and the shift is a knot from which all differences are exact (so it is when
 *     x_max <= 2 x_min: Sterbenz 1974), or 0: weights +-1 and biases -+u_i then hold every knot without
 *     rounding;
 *   - piece j lies at u = 0, so B is of the size of v;
 *   - c_i is the rounded jump that leads from the point that the rounded c before it really reach (followed in
 *     double-double) to the next knot: rounding of one jump is corrected by the next and does not accumulate. */
#include "crease/pwl.h"
#include "pwl/double_double.h"
#include <stdio.h>
#include <stdlib.h>

static crease_status check_polyline(const crease_pwl *pwl, crease_error *error) {
    bool finite = isfinite(pwl->slope_left) && isfinite(pwl->slope_right) &&
                  (pwl->knot_count || isfinite(pwl->value_at_zero));
    if (!finite)
        return crease_fail(error, CREASE_BAD_DATA, "an end piece of the polyline is not finite");
    for (size_t i = 0; i < pwl->knot_count; i++) {
        if (!isfinite(pwl->x[i]) || !isfinite(pwl->y[i]))
            return crease_fail(error, CREASE_BAD_DATA, "knot %zu of the polyline is not finite", i + 1);
        if (i && !(pwl->x[i] > pwl->x[i - 1]))
            return crease_fail(error, CREASE_BAD_DATA,
                               "knot %zu at %.17g does not lie right of the knot before it; sort the knots",
                               i + 1, pwl->x[i]);
    }
    size_t last = pwl->knot_count ? pwl->knot_count - 1 : 0;
    if (pwl->knot_count && !isfinite(pwl->x[last] - pwl->x[0]))
        return crease_fail(error, CREASE_BAD_DATA,
                           "the knots lie too far apart for double numbers; use larger units");
    return CREASE_OK;
}

/* Standardisation; scales are 2^exponent. */
typedef struct frame {
    double x_shift, y_shift;
    int x_exponent, y_exponent;
    size_t piece; /* j above: the first `piece` hinges face left */
} frame;

static bool exact_differences(const crease_pwl *pwl, double from) {
    for (size_t i = 0; i < pwl->knot_count; i++)
        if (dd_difference(pwl->x[i], from).lo != 0)
            return false;
    return true;
}

static int exponent_of(double size) {
    int exponent = 0;
    frexp(size, &exponent);
    return exponent > 1023 ? 1023 : exponent < -1021 ? -1021 : exponent;
}

static frame choose_frame(const crease_pwl *pwl) {
    size_t k = pwl->knot_count, anchor = k / 2;
    frame f = {.x_shift = pwl->x[anchor], .piece = anchor + 1};
    if (!exact_differences(pwl, f.x_shift)) {
        f.x_shift = 0;
        for (f.piece = 0; f.piece < k && pwl->x[f.piece] <= 0;)
            f.piece++;
        anchor = f.piece < k ? f.piece : k - 1;
    }
    f.y_shift = pwl->y[anchor];
    double width = fmax(fabs(pwl->x[0] - f.x_shift), fabs(pwl->x[k - 1] - f.x_shift));
    if (width == 0)
        width = fabs(pwl->x[0]);
    f.x_exponent = width > 0 ? exponent_of(width) : 1;
    double scale = ldexp(1, f.x_exponent);
    double height = fmax(fabs(pwl->slope_left * scale), fabs(pwl->slope_right * scale));
    for (size_t i = 0; i < k; i++)
        height = fmax(height, fabs(pwl->y[i] - f.y_shift));
    f.y_exponent = height > 0 ? exponent_of(height) : 1;
    return f;
}

/* The polyline in u and v. */
static double u_of(const crease_pwl *pwl, const frame *f, size_t i) {
    return ldexp(pwl->x[i] - f->x_shift, -f->x_exponent);
}

static dd v_of(const crease_pwl *pwl, const frame *f, size_t i) {
    return dd_scale(dd_difference(pwl->y[i], f->y_shift), -f->y_exponent);
}

static double slope_of(const frame *f, double slope) {
    return ldexp(slope, f->x_exponent - f->y_exponent);
}

/* Slope of the line from (u_i, v) to knot `to`. */
static dd slope_to(const crease_pwl *pwl, const frame *f, size_t i, dd v, size_t to) {
    return dd_divide(dd_subtract(v_of(pwl, f, to), v), dd_difference(u_of(pwl, f, to), u_of(pwl, f, i)));
}

static void base_line(const crease_pwl *pwl, const frame *f, double *slope, double *offset) {
    size_t j = f->piece, near = j ? j - 1 : 0;
    dd v = v_of(pwl, f, near), s;
    if (j == 0)
        s = dd_from(slope_of(f, pwl->slope_left));
    else if (j == pwl->knot_count)
        s = dd_from(slope_of(f, pwl->slope_right));
    else
        s = slope_to(pwl, f, near, v, j);
    *slope = dd_round(s);
    *offset = dd_round(dd_subtract(v, dd_times(dd_from(*slope), u_of(pwl, f, near))));
}

/* Jumps of the hinges that face right, or left, outward from the base line. */
static void jumps(const crease_pwl *pwl, const frame *f, double slope, double offset, bool right,
                  double *jump) {
    size_t k = pwl->knot_count, count = right ? k - f->piece : f->piece;
    if (count == 0)
        return;
    size_t i = right ? f->piece : f->piece - 1;
    dd s = dd_from(slope), v = dd_add(dd_product(slope, u_of(pwl, f, i)), dd_from(offset));
    for (; count-- > 0; i = right ? i + 1 : i - 1) {
        size_t next = right ? i + 1 : i - 1;
        dd wanted = count ? slope_to(pwl, f, i, v, next)
                          : dd_from(slope_of(f, right ? pwl->slope_right : pwl->slope_left));
        dd change = dd_subtract(wanted, s);
        double rounded = dd_round(change);
        jump[i] = right ? rounded : -rounded;
        s = dd_add(s, dd_from(rounded));
        if (count)
            v = dd_add(v, dd_multiply(s, dd_difference(u_of(pwl, f, next), u_of(pwl, f, i))));
    }
}

static void fill(const crease_pwl *pwl, const frame *f, crease_net *net) {
    const crease_layer *layer = &net->layer[0];
    double *theta = net->theta, slope, offset;
    net->input_shift[0] = f->x_shift;
    net->output_shift[0] = f->y_shift;
    net->input_scale[0] = ldexp(1, f->x_exponent);
    net->output_scale[0] = ldexp(1, f->y_exponent);
    for (size_t i = 0; i < pwl->knot_count; i++) {
        double facing = i < f->piece ? -1 : 1;
        theta[layer->weights + i] = facing;
        theta[layer->biases + i] = 0 - facing * u_of(pwl, f, i);
    }
    base_line(pwl, f, &slope, &offset);
    jumps(pwl, f, slope, offset, false, theta + net->output_weights);
    jumps(pwl, f, slope, offset, true, theta + net->output_weights);
    theta[net->output_biases] = offset;
    theta[net->affine_weights] = slope;
}

crease_status crease_pwl_to_net(const crease_pwl *pwl, crease_net **net, crease_error *error) {
    *net = NULL;
    char spec[40] = "affine";
    crease_status status = check_polyline(pwl, error);
    if (status != CREASE_OK)
        return status;
    if (pwl->knot_count)
        snprintf(spec, sizeof spec, "affine+relu:%zu", pwl->knot_count);
    status = crease_net_parse(spec, 1, 1, net, error);
    if (status != CREASE_OK)
        return status;
    if (pwl->knot_count == 0) {
        (*net)->theta[(*net)->output_biases] = pwl->value_at_zero;
        (*net)->theta[(*net)->affine_weights] = pwl->slope_left;
        return CREASE_OK;
    }
    frame f = choose_frame(pwl);
    fill(pwl, &f, *net);
    for (size_t p = 0; p < (*net)->parameter_count; p++)
        if (!isfinite((*net)->theta[p]) || !isfinite((*net)->output_scale[0])) {
            crease_net_free(*net);
            *net = NULL;
            return crease_fail(error, CREASE_BAD_DATA,
                               "a slope of the polyline is beyond the range of numbers; move knots apart or "
                               "use other units");
        }
    return CREASE_OK;
}
