/* The backward pass of crease/proof.h in fractions. */
#include "support/reference_proof.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

void reference_affine_init(reference_affine *affine) {
    for (size_t j = 0; j < REFERENCE_INPUTS; j++)
        mpq_init(affine->gain[j]);
    mpq_init(affine->offset);
}

void reference_affine_clear(reference_affine *affine) {
    for (size_t j = 0; j < REFERENCE_INPUTS; j++)
        mpq_clear(affine->gain[j]);
    mpq_clear(affine->offset);
}

/* The text itself, as readers of specifications keep it: a decimal, a hexadecimal double or a fraction. */
void reference_number(const crease_number *number, mpq_t value) {
    if (number->below == number->above) {
        mpq_set_d(value, number->below);
        return;
    }
    const char *slash = strchr(number->text, '/'), *point = strchr(number->text, '.');
    char digits[128];
    if (slash) {
        mpq_set_str(value, number->text, 10);
    } else { /* -12.34 is -1234/100 */
        size_t whole = point ? (size_t)(point - number->text) : strlen(number->text);
        size_t fraction = point ? strlen(point + 1) : 0;
        snprintf(digits, sizeof digits, "%.*s%s", (int)whole, number->text, point ? point + 1 : "");
        mpq_set_str(value, digits, 10);
        mpz_ui_pow_ui(mpq_denref(value), 10, fraction);
    }
    mpq_canonicalize(value);
}

size_t reference_unit(const crease_net *net, size_t layer, size_t unit) {
    for (size_t l = 0; l < layer; l++)
        unit += net->layer[l].width;
    return unit;
}

double reference_below(const crease_net *net, size_t layer, size_t unit) {
    const crease_layer *l = &net->layer[layer];
    size_t slope = l->slopes;
    for (size_t g = 0; g < l->group_count; g++) {
        const crease_group *group = &l->group[g];
        bool prelu = group->activation == CREASE_PRELU;
        if (unit < group->width)
            return group->activation == CREASE_IDENTITY ? 1
                   : prelu                              ? net->theta[slope + unit]
                   : group->activation == CREASE_LEAKY  ? group->parameter
                                                        : 0;
        unit -= group->width;
        slope += prelu ? group->width : 0;
    }
    abort();
}

size_t reference_open_count(const reference_state *state, const crease_case *c) {
    size_t count = 0;
    for (size_t a = 0; a < c->alternative_count; a++)
        count += state->open[a];
    return count;
}

/* *sum += a * b */
static void add_product(mpq_t sum, const mpq_t a, double b) {
    mpq_t product;
    mpq_init(product);
    mpq_set_d(product, b);
    mpq_mul(product, product, a);
    mpq_add(sum, sum, product);
    mpq_clear(product);
}

static double rounded_slope(double slope) {
    if (slope == 0 || !isfinite(slope))
        return slope;
    int bits = 11 - ilogb(slope);
    return scalbn(nearbyint(scalbn(slope, bits)), -bits);
}

typedef struct line {
    mpq_t slope, offset;
} line;

/* The line that stands in for f; `below`: it must be below. */
static bool choose_line(double p, double l, double u, bool below, double given, line *chosen) {
    mpq_set_ui(chosen->offset, 0, 1);
    mpq_set_ui(chosen->slope, 1, 1);
    if (p == 1 || l >= 0)
        return true;
    mpq_set_d(chosen->slope, p);
    if (u <= 0)
        return true;
    bool chord = p > 1 ? below : !below;
    if (!chord) {
        double slope = isnan(given) ? (u > -l ? 1 : p) : given;
        mpq_set_d(chosen->slope, slope);
        return true;
    }
    double slope = rounded_slope((u - p * l) / (u - l));
    if (!isfinite(slope) || !isfinite(l) || !isfinite(u))
        return false;
    mpq_t one, other, s;
    mpq_inits(one, other, s, NULL);
    mpq_set_d(s, slope);
    mpq_set(chosen->slope, s);
    mpq_set_d(one, l); /* (p - s) l */
    mpq_set_d(other, p);
    mpq_sub(other, other, s);
    mpq_mul(one, one, other);
    mpq_set_ui(other, 1, 1); /* (1 - s) u */
    mpq_sub(other, other, s);
    mpq_set_d(s, u);
    mpq_mul(other, other, s);
    bool take_one = below ? mpq_cmp(one, other) < 0 : mpq_cmp(one, other) > 0;
    mpq_set(chosen->offset, take_one ? one : other);
    mpq_clears(one, other, s, NULL);
    return true;
}

typedef struct pass {
    const crease_net *net;
    const reference_state *state;
    const reference_sum *sum;
    mpq_t now[REFERENCE_WIDTH], next[REFERENCE_WIDTH]; /* coefficients of one layer */
    mpq_t scaled[REFERENCE_INPUTS];                    /* of the scaled inputs */
    reference_affine *affine;
} pass;

static void begin(pass *p) {
    for (size_t i = 0; i < REFERENCE_WIDTH; i++)
        mpq_inits(p->now[i], p->next[i], NULL);
    for (size_t j = 0; j < REFERENCE_INPUTS; j++) {
        mpq_init(p->scaled[j]);
        mpq_set_ui(p->affine->gain[j], 0, 1);
    }
    mpq_set_ui(p->affine->offset, 0, 1);
}

static void end(pass *p) {
    for (size_t i = 0; i < REFERENCE_WIDTH; i++)
        mpq_clears(p->now[i], p->next[i], NULL);
    for (size_t j = 0; j < REFERENCE_INPUTS; j++)
        mpq_clear(p->scaled[j]);
}

/* now: from pre-activations of a layer to the values it reads */
static void through(pass *p, size_t l) {
    const crease_layer *layer = &p->net->layer[l];
    for (size_t j = 0; j < layer->fan_in; j++) {
        mpq_set_ui(p->next[j], 0, 1);
        for (size_t i = 0; i < layer->width; i++)
            add_product(p->next[j], p->now[i], p->net->theta[layer->weights + i * layer->fan_in + j]);
    }
    for (size_t i = 0; i < layer->width; i++)
        add_product(p->affine->offset, p->now[i], p->net->theta[layer->biases + i]);
    for (size_t j = 0; j < REFERENCE_WIDTH; j++)
        mpq_swap(p->now[j], p->next[j]);
}

static bool replace(pass *p, size_t l) {
    line chosen;
    mpq_inits(chosen.slope, chosen.offset, NULL);
    bool made = true;
    for (size_t i = 0; made && i < p->net->layer[l].width; i++) {
        size_t unit = reference_unit(p->net, l, i);
        int sign = mpq_sgn(p->now[i]);
        if (sign != 0) {
            made = choose_line(reference_below(p->net, l, i), p->state->unit_lower[unit],
                               p->state->unit_upper[unit], sign > 0, p->sum ? p->sum->slope[unit] : NAN,
                               &chosen);
            mpq_mul(chosen.offset, chosen.offset, p->now[i]);
            mpq_add(p->affine->offset, p->affine->offset, chosen.offset);
            mpq_mul(p->now[i], p->now[i], chosen.slope);
        }
        if (p->sum && !isnan(p->sum->phase[unit])) {
            mpq_set_d(chosen.slope, p->sum->phase[unit]);
            mpq_add(p->now[i], p->now[i], chosen.slope);
        }
    }
    mpq_clears(chosen.slope, chosen.offset, NULL);
    return made;
}

/* Scaled inputs are (x - shift) / scale. */
static void to_raw_inputs(pass *p) {
    mpq_t shift, scale;
    mpq_inits(shift, scale, NULL);
    for (size_t j = 0; j < p->net->inputs; j++) {
        mpq_set_d(scale, p->net->input_scale[j]);
        mpq_set_d(shift, p->net->input_shift[j]);
        mpq_div(p->scaled[j], p->scaled[j], scale);
        mpq_add(p->affine->gain[j], p->affine->gain[j], p->scaled[j]);
        mpq_mul(shift, shift, p->scaled[j]);
        mpq_sub(p->affine->offset, p->affine->offset, shift);
    }
    mpq_clears(shift, scale, NULL);
}

static bool descend(pass *p, size_t top) {
    bool made = true;
    for (size_t l = top; made && l-- > 0;) {
        made = replace(p, l);
        if (made)
            through(p, l);
    }
    for (size_t j = 0; p->net->layer_count > 0 && j < p->net->inputs; j++)
        mpq_add(p->scaled[j], p->scaled[j], p->now[j]);
    to_raw_inputs(p);
    return made;
}

bool reference_pass_unit(const crease_net *net, const reference_state *state, size_t layer, size_t unit,
                         bool negative, reference_affine *affine) {
    pass p = {.net = net, .state = state, .affine = affine};
    begin(&p);
    mpq_set_si(p.now[unit], negative ? -1 : 1, 1);
    through(&p, layer);
    bool made = descend(&p, layer);
    end(&p);
    return made;
}

bool reference_pass_sum(const crease_net *net, const reference_state *state,
                        const crease_alternative *alternative, const reference_sum *sum,
                        reference_affine *affine) {
    pass p = {.net = net, .state = state, .sum = sum, .affine = affine};
    begin(&p);
    mpq_t weight, of_output, number;
    mpq_inits(weight, of_output, number, NULL);
    for (size_t r = 0; r < alternative->row_count; r++) {
        const crease_row *row = &alternative->row[r];
        if (isnan(sum->row[r]))
            continue;
        mpq_set_d(weight, sum->row[r]);
        reference_number(&row->constant, number);
        mpq_mul(number, number, weight);
        mpq_add(affine->offset, affine->offset, number);
        for (size_t t = 0; t < row->term_count; t++) {
            const crease_term *term = &row->term[t];
            if (!term->output) {
                add_product(affine->gain[term->index], weight, term->coefficient);
                continue;
            }
            mpq_set_d(of_output, term->coefficient);
            mpq_mul(of_output, of_output, weight);
            add_product(affine->offset, of_output, net->output_shift[term->index]);
            mpq_set_d(number, net->output_scale[term->index]);
            mpq_mul(of_output, of_output, number);
            size_t o = term->index, width = net->layer_count ? net->layer[net->layer_count - 1].width : 0;
            add_product(affine->offset, of_output, net->theta[net->output_biases + o]);
            for (size_t i = 0; i < width; i++)
                add_product(p.now[i], of_output, net->theta[net->output_weights + o * width + i]);
            for (size_t j = 0; net->affine && j < net->inputs; j++)
                add_product(p.scaled[j], of_output, net->theta[net->affine_weights + o * net->inputs + j]);
        }
    }
    mpq_clears(weight, of_output, number, NULL);
    bool made = descend(&p, net->layer_count);
    end(&p);
    return made;
}

void reference_minimum(const crease_net *net, const reference_affine *affine, const double *lower,
                       const double *upper, mpq_t minimum) {
    mpq_set(minimum, affine->offset);
    for (size_t j = 0; j < net->inputs; j++)
        add_product(minimum, affine->gain[j], mpq_sgn(affine->gain[j]) > 0 ? lower[j] : upper[j]);
}

static void evaluate_layer(const crease_net *net, size_t l, mpq_t *a, mpq_t *value) {
    const crease_layer *layer = &net->layer[l];
    mpq_t slope;
    mpq_init(slope);
    for (size_t i = 0; i < layer->width; i++) {
        mpq_set_d(value[i], net->theta[layer->biases + i]);
        for (size_t j = 0; j < layer->fan_in; j++)
            add_product(value[i], a[j], net->theta[layer->weights + i * layer->fan_in + j]);
        mpq_set_d(slope, reference_below(net, l, i));
        if (mpq_sgn(value[i]) < 0)
            mpq_mul(value[i], value[i], slope);
    }
    for (size_t i = 0; i < layer->width; i++)
        mpq_set(a[i], value[i]);
    mpq_clear(slope);
}

void reference_evaluate(const crease_net *net, mpq_t *x, mpq_t *y) {
    mpq_t a[REFERENCE_WIDTH], value[REFERENCE_WIDTH], scaled[REFERENCE_INPUTS], number;
    mpq_init(number);
    for (size_t i = 0; i < REFERENCE_WIDTH; i++)
        mpq_inits(a[i], value[i], NULL);
    for (size_t j = 0; j < net->inputs; j++) {
        mpq_init(scaled[j]);
        mpq_set_d(number, net->input_shift[j]);
        mpq_sub(scaled[j], x[j], number);
        mpq_set_d(number, net->input_scale[j]);
        mpq_div(scaled[j], scaled[j], number);
        mpq_set(a[j], scaled[j]);
    }
    for (size_t l = 0; l < net->layer_count; l++)
        evaluate_layer(net, l, a, value);
    size_t width = net->layer_count ? net->layer[net->layer_count - 1].width : 0;
    for (size_t o = 0; o < net->outputs; o++) {
        mpq_set_d(y[o], net->theta[net->output_biases + o]);
        for (size_t i = 0; i < width; i++)
            add_product(y[o], a[i], net->theta[net->output_weights + o * width + i]);
        for (size_t j = 0; net->affine && j < net->inputs; j++)
            add_product(y[o], scaled[j], net->theta[net->affine_weights + o * net->inputs + j]);
        mpq_set_d(number, net->output_scale[o]);
        mpq_mul(y[o], y[o], number);
        mpq_set_d(number, net->output_shift[o]);
        mpq_add(y[o], y[o], number);
    }
    for (size_t i = 0; i < REFERENCE_WIDTH; i++)
        mpq_clears(a[i], value[i], NULL);
    for (size_t j = 0; j < net->inputs; j++)
        mpq_clear(scaled[j]);
    mpq_clear(number);
}

bool reference_violates(const crease_net *net, const crease_alternative *alternative, mpq_t *x) {
    mpq_t y[REFERENCE_WIDTH], sum;
    mpq_init(sum);
    for (size_t o = 0; o < net->outputs; o++)
        mpq_init(y[o]);
    reference_evaluate(net, x, y);
    bool violates = true;
    for (size_t r = 0; violates && r < alternative->row_count; r++) {
        const crease_row *row = &alternative->row[r];
        reference_number(&row->constant, sum);
        for (size_t t = 0; t < row->term_count; t++)
            add_product(sum, row->term[t].output ? y[row->term[t].index] : x[row->term[t].index],
                        row->term[t].coefficient);
        violates = mpq_sgn(sum) <= 0;
    }
    for (size_t o = 0; o < net->outputs; o++)
        mpq_clear(y[o]);
    mpq_clear(sum);
    return violates;
}
