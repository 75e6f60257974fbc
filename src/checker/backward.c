/* A function c.a + k of the values a of a layer is at least c'.z + k' of its pre-activations when each unit f(z) is
 * replaced by a line s z + t below f where c > 0 and above f where c < 0; z = W a + b of the layer below makes it a
 * function of that layer's values. f is 1 z above 0 and p z below:
 *   p < 1, convex:  s z <= f for every s in [p, 1];  f <= chord through (l, p l), (u, u), as a convex f lies below
 *   p > 1, concave: s z >= f for every s in [1, p];  f >= chord
 * The chord's slope s is a rounded number and need not be right: the line s z + t holds on [l, u] for the t that makes it
 * hold at l and at u, since f - s z is convex (concave) and largest (smallest) at an end; t is computed exactly. */
#include "checker/backward.h"
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

static size_t widest(const crease_exact_net *exact) {
    size_t most = exact->net->inputs;
    for (size_t l = 0; l < exact->net->layer_count; l++)
        if (exact->net->layer[l].width > most)
            most = exact->net->layer[l].width;
    return most;
}

bool crease_backward_init(crease_backward *pass, const crease_exact_net *exact) {
    *pass = (crease_backward){.exact = exact, .started = true};
    mpq_inits(pass->rational, pass->total, NULL);
    const crease_net *net = exact->net;
    size_t units = exact->first[net->layer_count], width = widest(exact);
    pass->chord = calloc(units + 1, sizeof *pass->chord);
    pass->column = calloc(width + 1, sizeof *pass->column);
    pass->sums = calloc(width + 1, sizeof *pass->sums);
    bool made =
        pass->chord && pass->column && pass->sums && crease_dyadics_init(&pass->output, net->outputs) &&
        crease_dyadics_init(&pass->value, width + 1) && crease_dyadics_init(&pass->z, width) &&
        crease_dyadics_init(&pass->scaled, net->outputs) &&
        crease_dyadics_init(&pass->standard, net->inputs) && crease_dyadics_init(&pass->raw, net->inputs) &&
        crease_dyadics_init(&pass->constant, 1) && crease_dyadics_init(&pass->gain, net->inputs) &&
        crease_dyadics_init(&pass->offset, 1) && crease_dyadics_init(&pass->sum, 1);
    for (size_t u = 0; made && u < units; u++) {
        pass->chord[u].lower = NAN;
        made =
            crease_dyadics_init(&pass->chord[u].offset, 1) && crease_dyadics_init(&pass->chord[u].slope, 1);
    }
    return made;
}

void crease_backward_clear(crease_backward *pass) {
    if (!pass->started)
        return;
    size_t units = pass->exact->first[pass->exact->net->layer_count];
    for (size_t u = 0; pass->chord && u < units; u++) {
        crease_dyadics_clear(&pass->chord[u].offset);
        crease_dyadics_clear(&pass->chord[u].slope);
    }
    free(pass->chord);
    free(pass->column);
    free(pass->sums);
    crease_dyadics *const vectors[] = {&pass->output,   &pass->value, &pass->z,        &pass->scaled,
                                       &pass->standard, &pass->raw,   &pass->constant, &pass->gain,
                                       &pass->offset,   &pass->sum};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        crease_dyadics_clear(vectors[i]);
    mpq_clears(pass->rational, pass->total, NULL);
    *pass = (crease_backward){0};
}

static void start(crease_backward *pass) {
    crease_dyadics *const vectors[] = {&pass->output,   &pass->value, &pass->z,       &pass->scaled,
                                       &pass->standard, &pass->raw,   &pass->constant};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        crease_dyadics_set_zero(vectors[i]);
    mpq_set_ui(pass->rational, 0, 1);
}

/* The slope that search and checker agree on, see proof.h; it need not be finite. */
static double chord_slope(double p, double lower, double upper) {
    int exponent;
    double fraction = frexp((upper - p * lower) / (upper - lower), &exponent);
    return isfinite(fraction) ? ldexp(rint(ldexp(fraction, 12)), exponent - 12) : NAN;
}

/* False where the unit has not both bounds, or bounds too large for a slope. */
static bool make_chord(crease_backward *pass, crease_chord *chord, double p, double lower, double upper) {
    if (chord->lower == lower && chord->upper == upper)
        return true;
    double slope = chord_slope(p, lower, upper);
    if (!isfinite(lower) || !isfinite(upper) || !isfinite(slope))
        return false;
    crease_dyadics *rise = &pass->sum; /* f - slope z at the upper end less that at the lower one */
    crease_dyadics_set_zero(rise);
    crease_dyadics_add_product(rise, 0, 1, upper);
    crease_dyadics_add_product(rise, 0, -slope, upper);
    crease_dyadics_add_product(rise, 0, -p, lower);
    crease_dyadics_add_product(rise, 0, slope, lower);
    bool at_upper = (mpz_sgn(rise->m[0]) > 0) == (p < 1);
    double end = at_upper ? upper : lower;
    crease_dyadics_set_zero(&chord->offset);
    crease_dyadics_add_product(&chord->offset, 0, at_upper ? 1 : p, end);
    crease_dyadics_add_product(&chord->offset, 0, -slope, end);
    crease_dyadics_set_zero(&chord->slope);
    crease_dyadics_add_product(&chord->slope, 0, slope, 1);
    chord->lower = lower;
    chord->upper = upper;
    return true;
}

/* From the coefficient of a unit's value to that of its pre-activation; `given` is the slope of the free side or NAN. */
static bool replace_unit(crease_backward *pass, const crease_state *state, size_t i, size_t unit,
                         double given) {
    double p = pass->exact->below[unit], lower = state->unit_lower[unit], upper = state->unit_upper[unit];
    mpz_srcptr c = pass->value.m[i];
    long exponent = pass->value.exponent;
    double slope;
    if (p == 1 || lower >= 0) {
        slope = 1;
    } else if (upper <= 0) {
        slope = p;
    } else if ((mpz_sgn(c) > 0) == (p < 1)) {
        slope = !isnan(given) ? given : upper > -lower ? 1 : p;
    } else {
        crease_chord *chord = &pass->chord[unit];
        if (!make_chord(pass, chord, p, lower, upper))
            return false;
        crease_dyadics_add_integers(&pass->constant, 0, c, exponent, chord->offset.m[0],
                                    chord->offset.exponent);
        crease_dyadics_add_integers(&pass->z, i, c, exponent, chord->slope.m[0], chord->slope.exponent);
        return true;
    }
    if (slope == 1)
        crease_dyadics_add(&pass->z, i, c, exponent);
    else if (slope != 0)
        crease_dyadics_add_times(&pass->z, i, c, exponent, slope);
    return true;
}

/* A unit whose value is 0 in this state, so that its coefficient does not matter. */
static bool is_silent(const crease_exact_net *exact, const crease_state *state, size_t unit) {
    return exact->below[unit] == 0 && state->unit_upper[unit] <= 0 && !(state->unit_lower[unit] >= 0);
}

/* From coefficients of the pre-activations of layer l, or of the net's outputs for l = layer_count, to those of the
 * values that it reads, in pass->value. */
static void through_layer(crease_backward *pass, const crease_state *state, size_t l,
                          const crease_dyadics *from, size_t rows) {
    const crease_exact_net *exact = pass->exact;
    size_t fan_in = crease_exact_net_fan_in(exact, l), columns = 0;
    for (size_t j = 0; j < fan_in; j++)
        if (l == 0 || !is_silent(exact, state, exact->first[l - 1] + j))
            pass->column[columns++] = j;
    pass->column[columns++] = fan_in; /* the biases */
    crease_dyadics_set_zero(&pass->value);
    crease_dyadics_multiply(&pass->value, &exact->weight[l], fan_in + 1, from, rows, pass->column, columns,
                            pass->sums);
    crease_dyadics_add(&pass->constant, 0, pass->value.m[fan_in], pass->value.exponent);
    mpz_set_ui(pass->value.m[fan_in], 0);
}

/* From coefficients of the values of layer `top` - 1, in pass->value, down to those of the scaled inputs. */
static size_t descend(crease_backward *pass, const crease_state *state, size_t top,
                      const crease_multipliers *multipliers) {
    for (size_t l = top; l-- > 0;) {
        for (size_t u = 0, unit = pass->exact->first[l]; u < pass->exact->net->layer[l].width; u++, unit++) {
            if (mpz_sgn(pass->value.m[u]) != 0 &&
                !replace_unit(pass, state, u, unit, multipliers ? multipliers->slope[unit] : NAN))
                return unit;
            if (multipliers && !isnan(multipliers->phase[unit]))
                crease_dyadics_add_product(&pass->z, u, multipliers->phase[unit], 1);
        }
        through_layer(pass, state, l, &pass->z, pass->exact->net->layer[l].width);
        crease_dyadics_set_zero(&pass->z);
    }
    return SIZE_MAX;
}

/* Scaled inputs are (x - shift) / scale. */
static void finish(crease_backward *pass, bool hidden) {
    const crease_exact_net *exact = pass->exact;
    const crease_net *net = exact->net;
    crease_dyadics_set_zero(&pass->gain);
    crease_dyadics_set_zero(&pass->offset);
    crease_dyadics_add_integers(&pass->offset, 0, pass->constant.m[0], pass->constant.exponent, exact->common,
                                0);
    for (size_t j = 0; j < net->inputs; j++) {
        if (hidden)
            crease_dyadics_add(&pass->standard, j, pass->value.m[j], pass->value.exponent);
        crease_dyadics_add_integers(&pass->gain, j, pass->standard.m[j], pass->standard.exponent,
                                    exact->inverse[j], exact->inverse_exponent[j]);
    }
    mpz_mul(mpq_numref(pass->rational), mpq_numref(pass->rational), exact->common);
    mpq_canonicalize(pass->rational);
    /* so far the gain is that of x - shift, from here on also what rows add to x itself */
    for (size_t j = 0; j < net->inputs; j++)
        crease_dyadics_add_times(&pass->offset, 0, pass->gain.m[j], pass->gain.exponent,
                                 -net->input_shift[j]);
    for (size_t j = 0; j < net->inputs; j++)
        crease_dyadics_add_integers(&pass->gain, j, pass->raw.m[j], pass->raw.exponent, exact->common, 0);
}

size_t crease_backward_unit(crease_backward *pass, const crease_state *state, size_t layer, size_t unit,
                            double bound, bool upper) {
    start(pass);
    crease_dyadics_add_product(&pass->z, unit, upper ? -1 : 1, 1);
    crease_dyadics_add_product(&pass->constant, 0, upper ? bound : -bound, 1);
    through_layer(pass, state, layer, &pass->z, pass->exact->net->layer[layer].width);
    crease_dyadics_set_zero(&pass->z);
    size_t without = descend(pass, state, layer, NULL);
    finish(pass, true);
    return without;
}

static void add_row(crease_backward *pass, const crease_row *row, mpq_srcptr constant, double multiplier) {
    for (size_t t = 0; t < row->term_count; t++) {
        const crease_term *term = &row->term[t];
        crease_dyadics_add_product(term->output ? &pass->output : &pass->raw, term->index, multiplier,
                                   term->coefficient);
    }
    mpq_set_d(pass->total, multiplier);
    mpq_mul(pass->total, pass->total, constant);
    mpq_add(pass->rational, pass->rational, pass->total);
}

/* y = shift + scale (W a + b + A a_0): from coefficients of outputs to those of the last layer and the scaled inputs. */
static void through_outputs(crease_backward *pass, const crease_state *state) {
    const crease_exact_net *exact = pass->exact;
    const crease_net *net = exact->net;
    crease_dyadics *scaled = &pass->scaled;
    for (size_t o = 0; o < net->outputs; o++) {
        mpz_srcptr c = pass->output.m[o];
        crease_dyadics_add_times(&pass->constant, 0, c, pass->output.exponent, net->output_shift[o]);
        crease_dyadics_add_times(scaled, o, c, pass->output.exponent, net->output_scale[o]);
    }
    through_layer(pass, state, net->layer_count, scaled, net->outputs);
    if (!net->affine)
        return;
    for (size_t j = 0; j < net->inputs; j++)
        pass->column[j] = j;
    crease_dyadics_multiply(&pass->standard, &exact->affine, net->inputs, scaled, net->outputs, pass->column,
                            net->inputs, pass->sums);
}

size_t crease_backward_rows(crease_backward *pass, const crease_state *state,
                            const crease_alternative *alternative, mpq_t *constant,
                            const crease_multipliers *multipliers) {
    start(pass);
    for (size_t r = 0; r < alternative->row_count; r++)
        if (!isnan(multipliers->row[r]))
            add_row(pass, &alternative->row[r], constant[r], multipliers->row[r]);
    through_outputs(pass, state);
    size_t layers = pass->exact->net->layer_count;
    size_t without = descend(pass, state, layers, multipliers);
    finish(pass, layers > 0);
    return without;
}

int crease_backward_sign(crease_backward *pass, const double *lower, const double *upper) {
    const crease_exact_net *exact = pass->exact;
    crease_dyadics *sum = &pass->sum;
    crease_dyadics_set_zero(sum);
    crease_dyadics_add(sum, 0, pass->offset.m[0], pass->offset.exponent);
    for (size_t j = 0; j < exact->net->inputs; j++)
        crease_dyadics_add_times(sum, 0, pass->gain.m[j], pass->gain.exponent,
                                 mpz_sgn(pass->gain.m[j]) > 0 ? lower[j] : upper[j]);
    if (mpq_sgn(pass->rational) == 0)
        return mpz_sgn(sum->m[0]);
    mpq_set_z(pass->total, sum->m[0]);
    if (sum->exponent >= 0)
        mpq_mul_2exp(pass->total, pass->total, (mp_bitcnt_t)sum->exponent);
    else
        mpq_div_2exp(pass->total, pass->total, (mp_bitcnt_t)-sum->exponent);
    mpq_add(pass->total, pass->total, pass->rational);
    return mpq_sgn(pass->total);
}
