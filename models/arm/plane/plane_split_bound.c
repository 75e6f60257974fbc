/* What splitting in doubles can get wrong. u = 2^-53; for each unit, over |x| <= X, |w| <= W, with s >=
 * its slopes:
 *
 *   size     A of the sum of the sizes of all terms that make z: A_z = |W| A + |b|, A_a = s A_z, first A = (|x| + |shift|)/scale
 *   slope    L of z in x and w, of any pattern: L_z = |W| L, L_a = s L_z
 *   rounding R of a computed form at a corner: R_z = |W| R + (fan-in + 8) u A_z, R_a = s R_z + u A_a
 *
 * Beside the computed polygons go twins, made by exact arithmetic with the same decisions and the same
 * shares of edges; a twin of a convex polygon is convex, and corners are off by at most `off` from their
 * twins. On a twin that was given a side, z, affine, is beyond 0 on the wrong side by at most V at the
 * corners and so everywhere: V = R_z + L_z off at a corner on the right side, + ARM_SPLIT_FLAT A_z at one
 * that counts as on the line, + 4 u A_z at a new one, where the share is rounded. So the law itself
 * differs from the part's torque by E: E_z = |W| E, E_a = s E_z + |slope above - slope below| V. */
#include "arm/plane/plane_split.h"
#include <math.h>
#include <stdlib.h>

enum { SIZE = 0, SLOPE_X, SLOPE_W, ROUNDING, WRONG, MEASURES };

static const double unit = 0x1p-53;

typedef struct row {
    double of[MEASURES];
} row;

static row combine(size_t count, const double *weight, double bias, const row *in) {
    row out = {{fabs(bias)}};
    for (size_t j = 0; j < count; j++)
        for (size_t m = 0; m < MEASURES; m++)
            out.of[m] += fabs(weight[j]) * in[j].of[m];
    out.of[ROUNDING] += ((double)count + 8) * unit * out.of[SIZE];
    return out;
}

static row activate(const row *z, double below, const double off[2]) {
    double slope = fmax(1, fabs(below)), size = z->of[SIZE];
    double beyond = z->of[ROUNDING] + z->of[SLOPE_X] * off[0] + z->of[SLOPE_W] * off[1] +
                    (ARM_SPLIT_FLAT + 4 * unit) * size;
    row a;
    for (size_t m = 0; m < MEASURES; m++)
        a.of[m] = slope * z->of[m];
    a.of[ROUNDING] += unit * a.of[SIZE];
    a.of[WRONG] += fabs(1 - below) * beyond;
    return a;
}

static void first_rows(const crease_net *law, const double most[2], row *in) {
    for (size_t i = 0; i < 2; i++) {
        double scale = law->input_scale[i], size = (most[i] + fabs(law->input_shift[i])) / scale;
        in[i] = (row){{size, 0, 0, 4 * unit * size, 0}};
        in[i].of[SLOPE_X + i] = 1 / scale;
    }
}

static void layer_rows(const crease_net *law, size_t l, const double off[2], const row *in, row *out) {
    const crease_layer *layer = &law->layer[l];
    for (size_t u = 0; u < layer->width; u++) {
        double parameter;
        const crease_group *group = crease_net_unit(law, l, u, &parameter);
        row z = combine(layer->fan_in, law->theta + layer->weights + u * layer->fan_in,
                        law->theta[layer->biases + u], in);
        out[u] = activate(&z, crease_activation_slope_below(group->activation, parameter), off);
    }
}

crease_status arm_split_bound(const crease_net *law, const double most[2], const double off[2],
                              arm_split_errors *errors, crease_error *error) {
    size_t widest = 2;
    for (size_t l = 0; l < law->layer_count; l++)
        widest = law->layer[l].width > widest ? law->layer[l].width : widest;
    row *rows = calloc(2 * widest + 2, sizeof *rows);
    if (!rows)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for bounds on rounding");
    row *first = rows + 2 * widest, *in = rows, *out = rows + widest;
    first_rows(law, most, first);
    in[0] = first[0];
    in[1] = first[1];
    for (size_t l = 0; l < law->layer_count; l++) {
        layer_rows(law, l, off, in, out);
        row *swapped = in;
        in = out;
        out = swapped;
    }
    size_t fan_in = law->layer_count ? law->layer[law->layer_count - 1].width : 0;
    row y = combine(fan_in, law->theta + law->output_weights, law->theta[law->output_biases], in);
    if (law->affine) {
        row direct = combine(2, law->theta + law->affine_weights, 0, first);
        for (size_t m = 0; m < MEASURES; m++)
            y.of[m] += direct.of[m];
    }
    double scale = law->output_scale[0], size = scale * y.of[SIZE] + fabs(law->output_shift[0]);
    /* the last product, sum and the evaluation at the corner; 1.001 for the rounding of these bounds
     * themselves */
    *errors = (arm_split_errors){.rounding = 1.001 * (scale * y.of[ROUNDING] + 8 * unit * size),
                                 .wrong = 1.001 * scale * y.of[WRONG],
                                 .gain = {1.001 * scale * y.of[SLOPE_X], 1.001 * scale * y.of[SLOPE_W]}};
    free(rows);
    return CREASE_OK;
}
