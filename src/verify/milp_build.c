/* Big-M encoding. A unit f(z) with f = p z below zero whose sign is open, l < 0 < u, gets a value a and a binary d:
 *
 *   a >= z     a >= p z     a <= z - (1 - p) l (1 - d)     a <= p z + (1 - p) u d
 *
 * for p < 1, and all of it the other way round for p > 1. Units of known sign are z or p z and need no column of their
 * own; a relu that is off needs not even z. All numbers are rational: no b - l is rounded. */
#include "verify/milp_build.h"
#include "specification/number.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>

/* What the layer above sees of a value: factor times a column. */
typedef struct value {
    size_t column;
    double factor;
} value;

typedef struct builder {
    const crease_chain *chain;
    const crease_state *state;
    const crease_case *source;
    milp_model *model;
    mpq_t number, zero, one;
    bool overflow;
} builder;

static void set_side(builder *b, double side) {
    mpq_set_d(b->number, side);
}

static void add_term(builder *b, size_t column, double coefficient) {
    mpq_set_d(b->number, coefficient);
    crease_milp_model_term(b->model, column, b->number);
}

/* coefficient times what is seen of a value */
static void add_value(builder *b, const value *seen, double first, double second) {
    mpq_set_d(b->model->spare, first);
    mpq_set_d(b->model->product, second);
    mpq_mul(b->model->spare, b->model->spare, b->model->product);
    mpq_set_d(b->model->product, seen->factor);
    mpq_mul(b->model->spare, b->model->spare, b->model->product);
    crease_milp_model_term(b->model, seen->column, b->model->spare);
}

/* Input k between its numbers; s_k scale = x_k - shift where inputs are standardised. */
static void add_inputs(builder *b, value *seen) {
    const crease_chain *chain = b->chain;
    mpq_t lower, upper;
    mpq_inits(lower, upper, NULL);
    for (size_t k = 0; k < chain->inputs; k++) {
        seen[k] = (value){crease_milp_model_column(b->model, 'x', 0, k), 1};
        crease_number_get(&b->source->lower[k], lower);
        crease_number_get(&b->source->upper[k], upper);
        crease_milp_model_bound(b->model, seen[k].column, lower, upper);
    }
    mpq_clears(lower, upper, NULL);
    for (size_t k = 0; k < chain->inputs; k++) {
        if (chain->shift[k] == 0 && chain->scale[k] == 1)
            continue;
        size_t raw = seen[k].column;
        seen[k].column = crease_milp_model_column(b->model, 's', 0, k);
        set_side(b, chain->shift[k]);
        crease_milp_model_row(b->model, '=', b->number);
        add_term(b, raw, 1);
        add_term(b, seen[k].column, -chain->scale[k]);
    }
}

static void add_bounds(builder *b, size_t column, double lower, double upper) {
    if (!isfinite(lower) || !isfinite(upper))
        return;
    mpq_set_d(b->model->spare, lower);
    mpq_set_d(b->model->product, upper);
    crease_milp_model_bound(b->model, column, b->model->spare, b->model->product);
}

/* a - slope z - (1 - p) bound d, below or above -(1 - p) shift: (bound, shift) is (l, l) or (u, 0) */
static void add_big_m(builder *b, char sense, size_t a, size_t z, size_t d, double slope, double p,
                      double bound, double shift) {
    milp_model *model = b->model;
    mpq_set_d(model->spare, p);
    mpq_sub(model->spare, b->one, model->spare);
    mpq_set_d(model->product, shift);
    mpq_mul(model->product, model->spare, model->product);
    mpq_neg(model->product, model->product);
    crease_milp_model_row(model, sense, model->product);
    add_term(b, a, 1);
    add_term(b, z, -slope);
    mpq_set_d(model->product, -bound);
    mpq_mul(model->product, model->spare, model->product);
    crease_milp_model_term(model, d, model->product);
}

static value add_open_unit(builder *b, size_t l, size_t i, size_t z, double lower, double upper) {
    double p = b->chain->layer[l].slope[i];
    if (!isfinite(lower) || !isfinite(upper)) {
        b->overflow = true;
        return (value){z, 1};
    }
    char least = p < 1 ? '>' : '<', most = p < 1 ? '<' : '>';
    size_t a = crease_milp_model_column(b->model, 'a', l, i),
           d = crease_milp_model_column(b->model, 'd', l, i);
    crease_milp_model_row(b->model, least, b->zero);
    add_term(b, a, 1);
    add_term(b, z, -1);
    crease_milp_model_row(b->model, least, b->zero);
    add_term(b, a, 1);
    add_term(b, z, -p);
    add_big_m(b, most, a, z, d, 1, p, lower, lower);
    add_big_m(b, most, a, z, d, p, p, upper, 0);
    return (value){a, 1};
}

static void add_layer(builder *b, size_t l, const value *below, value *above) {
    const crease_chain_layer *layer = &b->chain->layer[l];
    for (size_t i = 0; i < layer->rows; i++) {
        double lower = b->state->lower[layer->first + i], upper = b->state->upper[layer->first + i];
        double p = layer->slope[i];
        above[i] = (value){0, upper <= 0 ? p : 1};
        if (above[i].factor == 0)
            continue;
        bool open = p != 1 && lower < 0 && upper > 0;
        if (open) { /* a bound next to 0 would be a number that no solver can use */
            lower = fmin(lower, -0x1p-30 * upper);
            upper = fmax(upper, -0x1p-30 * lower);
        }
        size_t z = crease_milp_model_column(b->model, 'z', l, i);
        above[i].column = z;
        add_bounds(b, z, lower, upper);
        set_side(b, layer->b[i]);
        crease_milp_model_row(b->model, '=', b->number);
        add_term(b, z, 1);
        for (size_t j = 0; j < layer->cols; j++)
            add_value(b, &below[j], -1, layer->W[i * layer->stride + j]);
        if (open)
            above[i] = add_open_unit(b, l, i, z, lower, upper);
    }
}

/* y = shift + scale (W a + b + A s) */
static void add_outputs(builder *b, const value *inputs, const value *last, size_t *output) {
    const crease_chain *chain = b->chain;
    const crease_chain_layer *layer = &chain->layer[chain->depth];
    milp_model *model = b->model;
    for (size_t o = 0; o < chain->outputs; o++) {
        double scale = chain->output_scale[o];
        output[o] = crease_milp_model_column(model, 'y', 0, o);
        mpq_set_d(model->spare, scale);
        mpq_set_d(model->product, layer->b[o]);
        mpq_mul(model->spare, model->spare, model->product);
        mpq_set_d(model->product, chain->output_shift[o]);
        mpq_add(model->spare, model->spare, model->product);
        crease_milp_model_row(model, '=', model->spare);
        add_term(b, output[o], 1);
        for (size_t j = 0; j < layer->cols; j++)
            add_value(b, &last[j], -scale, layer->W[o * layer->stride + j]);
        for (size_t k = 0; chain->skip && k < chain->inputs; k++)
            add_value(b, &inputs[k], -scale, chain->skip[o * chain->input_stride + k]);
    }
}

static void add_rows(builder *b, size_t alternative, const size_t *output) {
    const crease_alternative *rows = &b->source->alternative[alternative];
    milp_model *model = b->model;
    model->objective = crease_milp_model_column(model, 't', 0, 0);
    for (size_t r = 0; r < rows->row_count; r++) {
        const crease_row *row = &rows->row[r];
        crease_number_get(&row->constant, b->number);
        mpq_neg(b->number, b->number);
        crease_milp_model_row(model, '<', b->number);
        for (size_t t = 0; t < row->term_count; t++)
            add_term(b, row->term[t].output ? output[row->term[t].index] : row->term[t].index,
                     row->term[t].coefficient);
        add_term(b, model->objective, -1);
    }
}

crease_status crease_milp_build(const crease_chain *chain, const crease_state *state,
                                const crease_case *source, size_t alternative, milp_model *model,
                                crease_error *error) {
    builder b = {.chain = chain, .state = state, .source = source, .model = model};
    size_t values = chain->inputs + 2 * chain->widest;
    value *memory = calloc(values + 1, sizeof *memory);
    size_t *output = calloc(chain->outputs + 1, sizeof *output);
    mpq_inits(b.number, b.zero, b.one, NULL);
    mpq_set_ui(b.one, 1, 1);
    crease_milp_model_start(model);
    model->inputs = chain->inputs;
    model->outputs = chain->outputs;
    model->full = !memory || !output;
    if (!model->full) {
        value *below = memory, *above = memory + chain->inputs, *spare = above + chain->widest;
        add_inputs(&b, memory);
        for (size_t l = 0; l < chain->depth; l++) {
            add_layer(&b, l, below, above);
            below = above;
            above = spare;
            spare = below;
        }
        add_outputs(&b, memory, below, output);
        add_rows(&b, alternative, output);
    }
    mpq_clears(b.number, b.zero, b.one, NULL);
    free(memory);
    free(output);
    if (model->full)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a mixed-integer program");
    if (b.overflow)
        return crease_fail(
            error, CREASE_BAD_DATA,
            "the values of the network overflow on the box, so it has no mixed-integer program; scale "
            "it to smaller weights");
    return CREASE_OK;
}

/* 32 significant bits, as the engine keeps its bounds. */
static double short_below(double bound) {
    int exponent;
    double fraction = frexp(bound, &exponent);
    return isfinite(bound) ? ldexp(floor(ldexp(fraction, 32)), exponent - 32) : bound;
}

/* Interval of one unit's pre-activation; what rounding may cost is added. */
static void interval_unit(const crease_chain_layer *layer, size_t i, const double *lo, const double *hi,
                          double *low, double *high) {
    double size = fabs(layer->b[i]), least = layer->b[i], most = layer->b[i];
    for (size_t j = 0; j < layer->cols; j++) {
        double w = layer->W[i * layer->stride + j], one = w * lo[j], two = w * hi[j];
        least += fmin(one, two);
        most += fmax(one, two);
        size += fmax(fabs(one), fabs(two));
    }
    double slack = size * DBL_EPSILON * (double)(layer->cols + 2);
    if (size > 0 && size < 1e-280) /* products may have been too small for a double */
        slack += 1e-300;
    *low = short_below(least - slack);
    *high = -short_below(-most - slack);
}

static void interval_values(const crease_chain_layer *layer, const double *lower, const double *upper,
                            double *lo, double *hi) {
    for (size_t i = 0; i < layer->rows; i++) {
        double p = layer->slope[i], a = lower[i] >= 0 ? lower[i] : p * lower[i];
        double b = upper[i] >= 0 ? upper[i] : p * upper[i];
        lo[i] = fmin(a, b);
        hi[i] = fmax(a, b);
        if (p < 0 && lower[i] < 0 && upper[i] > 0)
            lo[i] = 0;
    }
}

crease_status crease_milp_plain_bounds(const crease_chain *chain, crease_state *state, crease_error *error) {
    double *lo = calloc(2 * chain->widest + 1, sizeof *lo), *hi = lo + chain->widest;
    if (!lo)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the bounds of a network");
    for (size_t k = 0; k < chain->inputs; k++) {
        double slack =
            2 * DBL_EPSILON * (fmax(fabs(state->lo[k]), fabs(state->hi[k])) + fabs(chain->shift[k]));
        lo[k] = (state->lo[k] - chain->shift[k] - slack) / chain->scale[k];
        hi[k] = (state->hi[k] - chain->shift[k] + slack) / chain->scale[k];
    }
    for (size_t l = 0; l < chain->depth; l++) {
        const crease_chain_layer *layer = &chain->layer[l];
        double *lower = state->lower + layer->first, *upper = state->upper + layer->first;
        for (size_t i = 0; i < layer->rows; i++)
            interval_unit(layer, i, lo, hi, &lower[i], &upper[i]);
        interval_values(layer, lower, upper, lo, hi);
    }
    free(lo);
    return CREASE_OK;
}
