/* Exact evaluation. Weights are dyadic, so with the inputs x = X / D the values of a layer are integers times 2^e / D, with one
 * e a layer: ReLU units and their kin commute with positive factors. */
#include "verify/exact.h"
#include "regions/rational.h"
#include "specification/number.h"
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

/* integers times 2^exponent */
typedef struct dyadics {
    mpz_t *value;
    size_t count;
    long exponent;
} dyadics;

typedef struct exact_layer {
    dyadics W, b, slope;
    size_t rows, cols;
} exact_layer;

struct crease_exact {
    const crease_net *net;
    exact_layer *layer; /* layer_count + 1 */
    dyadics skip, below, above, standard;
    mpq_t *x, *y;
    mpz_t denominator, sum, spare;
    mpq_t room, total;
};

static bool dyadics_new(size_t count, dyadics *list) {
    *list = (dyadics){.value = malloc((count + 1) * sizeof *list->value), .count = count};
    if (!list->value)
        return false;
    for (size_t i = 0; i < count; i++)
        mpz_init(list->value[i]);
    return true;
}

static void dyadics_clear(dyadics *list) {
    for (size_t i = 0; list->value && i < list->count; i++)
        mpz_clear(list->value[i]);
    free(list->value);
    *list = (dyadics){0};
}

/* The exponent of the last set bit of a double, or 0 for 0. */
static int last_bit(double value) {
    int exponent;
    if (value == 0)
        return 0;
    int64_t mantissa = (int64_t)ldexp(frexp(value, &exponent), 53);
    int length = 53 - __builtin_ctzll((unsigned long long)mantissa);
    return exponent - length;
}

static bool dyadics_from(size_t count, const double *value, dyadics *list) {
    if (!dyadics_new(count, list))
        return false;
    int least = 0;
    for (size_t i = 0; i < count; i++)
        if (last_bit(value[i]) < least)
            least = last_bit(value[i]);
    list->exponent = least;
    for (size_t i = 0; i < count; i++) {
        int exponent;
        double mantissa = ldexp(frexp(value[i], &exponent), 53);
        mpz_set_d(list->value[i], mantissa);
        long shift = exponent - 53 - least;
        if (shift >= 0)
            mpz_mul_2exp(list->value[i], list->value[i], (mp_bitcnt_t)shift);
        else
            mpz_tdiv_q_2exp(list->value[i], list->value[i], (mp_bitcnt_t)-shift);
    }
    return true;
}

static bool layer_slopes(const crease_net *net, size_t l, dyadics *slope) {
    size_t width = net->layer[l].width;
    double *value = calloc(width + 1, sizeof *value);
    if (!value)
        return false;
    for (size_t u = 0; u < width; u++) {
        double parameter;
        const crease_group *group = crease_net_unit(net, l, u, &parameter);
        value[u] = crease_activation_slope_below(group->activation, parameter);
    }
    bool done = dyadics_from(width, value, slope);
    free(value);
    return done;
}

static bool fill_layer(const crease_net *net, size_t l, exact_layer *layer) {
    bool hidden = l < net->layer_count;
    layer->rows = hidden ? net->layer[l].width : net->outputs;
    layer->cols = l ? net->layer[l - 1].width : hidden ? net->inputs : 0;
    size_t W = hidden ? net->layer[l].weights : net->output_weights,
           b = hidden ? net->layer[l].biases : net->output_biases;
    return dyadics_from(layer->rows * layer->cols, net->theta + W, &layer->W) &&
           dyadics_from(layer->rows, net->theta + b, &layer->b) &&
           (!hidden || layer_slopes(net, l, &layer->slope));
}

crease_status crease_exact_new(const crease_net *net, crease_exact **result, crease_error *error) {
    *result = NULL;
    crease_exact *exact = calloc(1, sizeof *exact);
    if (!exact)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for exact arithmetic");
    exact->net = net;
    mpz_inits(exact->denominator, exact->sum, exact->spare, NULL);
    mpq_inits(exact->room, exact->total, NULL);
    size_t widest = net->inputs > net->outputs ? net->inputs : net->outputs;
    for (size_t l = 0; l < net->layer_count; l++)
        widest = net->layer[l].width > widest ? net->layer[l].width : widest;
    exact->layer = calloc(net->layer_count + 1, sizeof *exact->layer);
    exact->x = crease_rationals_new(net->inputs);
    exact->y = crease_rationals_new(net->outputs);
    bool done = exact->layer && exact->x && exact->y && dyadics_new(widest, &exact->below) &&
                dyadics_new(widest, &exact->above) && dyadics_new(net->inputs, &exact->standard);
    for (size_t l = 0; done && l <= net->layer_count; l++)
        done = fill_layer(net, l, &exact->layer[l]);
    if (done && net->affine)
        done = dyadics_from(net->outputs * net->inputs, net->theta + net->affine_weights, &exact->skip);
    if (!done) {
        crease_exact_free(exact);
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for exact arithmetic");
    }
    *result = exact;
    return CREASE_OK;
}

void crease_exact_free(crease_exact *exact) {
    if (!exact)
        return;
    for (size_t l = 0; exact->layer && l <= exact->net->layer_count; l++) {
        dyadics_clear(&exact->layer[l].W);
        dyadics_clear(&exact->layer[l].b);
        dyadics_clear(&exact->layer[l].slope);
    }
    free(exact->layer);
    crease_rationals_free(exact->x, exact->net->inputs);
    crease_rationals_free(exact->y, exact->net->outputs);
    dyadics_clear(&exact->skip);
    dyadics_clear(&exact->below);
    dyadics_clear(&exact->above);
    dyadics_clear(&exact->standard);
    mpz_clears(exact->denominator, exact->sum, exact->spare, NULL);
    mpq_clears(exact->room, exact->total, NULL);
    free(exact);
}

/* standard = (x - shift) / scale over one common denominator. */
static void standardise(crease_exact *exact) {
    const crease_net *net = exact->net;
    mpz_set_ui(exact->denominator, 1);
    for (size_t j = 0; j < net->inputs; j++) {
        mpq_set_d(exact->room, net->input_shift[j]);
        mpq_sub(exact->total, exact->x[j], exact->room);
        mpq_set_d(exact->room, net->input_scale[j]);
        mpq_div(exact->total, exact->total, exact->room);
        mpz_lcm(exact->denominator, exact->denominator, mpq_denref(exact->total));
    }
    for (size_t j = 0; j < net->inputs; j++) {
        mpq_set_d(exact->room, net->input_shift[j]);
        mpq_sub(exact->total, exact->x[j], exact->room);
        mpq_set_d(exact->room, net->input_scale[j]);
        mpq_div(exact->total, exact->total, exact->room);
        mpz_divexact(exact->spare, exact->denominator, mpq_denref(exact->total));
        mpz_mul(exact->standard.value[j], exact->spare, mpq_numref(exact->total));
    }
}

/* integer * 2^shift, shift >= 0, into spare */
static const mpz_t *shifted(crease_exact *exact, const mpz_t integer, long shift) {
    mpz_mul_2exp(exact->spare, integer, (mp_bitcnt_t)shift);
    return (const mpz_t *)&exact->spare;
}

/* to = W from + b D, on the exponent of to */
static void affine(crease_exact *exact, const exact_layer *layer, const dyadics *from, dyadics *to) {
    long product = layer->W.exponent + (layer->cols ? from->exponent : 0);
    to->exponent = product < layer->b.exponent ? product : layer->b.exponent;
    for (size_t i = 0; i < layer->rows; i++) {
        mpz_set_ui(exact->sum, 0);
        for (size_t j = 0; j < layer->cols; j++)
            if (mpz_sgn(from->value[j]))
                mpz_addmul(exact->sum, layer->W.value[i * layer->cols + j], from->value[j]);
        mpz_mul_2exp(exact->sum, exact->sum, (mp_bitcnt_t)(product - to->exponent));
        mpz_addmul(exact->sum, *shifted(exact, layer->b.value[i], layer->b.exponent - to->exponent),
                   exact->denominator);
        mpz_swap(to->value[i], exact->sum);
    }
}

/* Each unit by the sign of its pre-activation, or, with `lower`, by that of its lower bound. */
static void activate(const exact_layer *layer, const double *lower, dyadics *values) {
    for (size_t i = 0; i < layer->rows; i++) {
        bool below = lower ? lower[i] < 0 : mpz_sgn(values->value[i]) < 0;
        if (below)
            mpz_mul(values->value[i], values->value[i], layer->slope.value[i]);
        else
            mpz_mul_2exp(values->value[i], values->value[i], (mp_bitcnt_t)-layer->slope.exponent);
    }
    values->exponent += layer->slope.exponent;
}

/* rational = integer 2^exponent / D */
static void to_rational(const crease_exact *exact, const mpz_t integer, long exponent, mpq_t rational) {
    mpq_set_num(rational, integer);
    mpq_set_den(rational, exact->denominator);
    mpq_canonicalize(rational);
    if (exponent >= 0)
        mpq_mul_2exp(rational, rational, (mp_bitcnt_t)exponent);
    else
        mpq_div_2exp(rational, rational, (mp_bitcnt_t)-exponent);
}

static void add_skip(crease_exact *exact) {
    const crease_net *net = exact->net;
    for (size_t i = 0; net->affine && i < net->outputs; i++) {
        mpz_set_ui(exact->sum, 0);
        for (size_t j = 0; j < net->inputs; j++)
            mpz_addmul(exact->sum, exact->skip.value[i * net->inputs + j], exact->standard.value[j]);
        to_rational(exact, exact->sum, exact->skip.exponent, exact->room);
        mpq_add(exact->y[i], exact->y[i], exact->room);
    }
}

/* y = net(x), from exact->x; with a state, of the affine map that the net is there. */
static void evaluate(crease_exact *exact, const crease_chain *chain, const crease_state *state) {
    const crease_net *net = exact->net;
    standardise(exact);
    dyadics *from = &exact->standard, *to = &exact->above;
    exact->standard.exponent = 0;
    for (size_t l = 0; l <= net->layer_count; l++) {
        affine(exact, &exact->layer[l], from, to);
        if (l < net->layer_count)
            activate(&exact->layer[l], state ? state->lower + chain->layer[l].first : NULL, to);
        from = to;
        to = from == &exact->above ? &exact->below : &exact->above;
    }
    for (size_t i = 0; i < net->outputs; i++)
        to_rational(exact, from->value[i], from->exponent, exact->y[i]);
    add_skip(exact);
    for (size_t i = 0; i < net->outputs; i++) {
        mpq_set_d(exact->room, net->output_scale[i]);
        mpq_mul(exact->y[i], exact->y[i], exact->room);
        mpq_set_d(exact->room, net->output_shift[i]);
        mpq_add(exact->y[i], exact->y[i], exact->room);
    }
}

/* Into exact->total. */
static void row_value(crease_exact *exact, const crease_row *row) {
    crease_number_get(&row->constant, exact->total);
    for (size_t t = 0; t < row->term_count; t++) {
        const crease_term *term = &row->term[t];
        mpq_set_d(exact->room, term->coefficient);
        mpq_mul(exact->room, exact->room, term->output ? exact->y[term->index] : exact->x[term->index]);
        mpq_add(exact->total, exact->total, exact->room);
    }
}

static double clamped(const crease_question *question, const double *x, size_t j) {
    return fmin(fmax(x[j], question->least[j]), question->most[j]);
}

static void set_point(crease_exact *exact, const crease_question *question, const double *x) {
    for (size_t j = 0; j < question->inputs; j++)
        if (question->least[j] <= question->most[j])
            mpq_set_d(exact->x[j], clamped(question, x, j));
        else
            crease_number_get(&question->source->lower[j], exact->x[j]);
}

bool crease_exact_is_witness(crease_exact *exact, const crease_question *question, size_t alternative,
                             const double *x) {
    set_point(exact, question, x);
    evaluate(exact, NULL, NULL);
    const crease_alternative *rows = &question->source->alternative[alternative];
    for (size_t r = 0; r < rows->row_count; r++) {
        row_value(exact, &rows->row[r]);
        if (mpq_sgn(exact->total) > 0)
            return false;
    }
    return true;
}

/* An affine function is smallest where each input is at its better end. */
bool crease_exact_row_is_positive(crease_exact *exact, const crease_question *question, size_t alternative,
                                  size_t r, const crease_chain *chain, const crease_state *state,
                                  double *corner) {
    const crease_row *row = &question->source->alternative[alternative].row[r];
    mpq_t least;
    mpq_init(least);
    for (size_t j = 0; j < question->inputs; j++)
        mpq_set_d(exact->x[j], corner[j]);
    evaluate(exact, chain, state);
    row_value(exact, row);
    mpq_set(least, exact->total);
    for (size_t j = 0; j < question->inputs && mpq_sgn(least) > 0; j++) {
        if (state->lo[j] == state->hi[j])
            continue;
        double other = corner[j] == state->lo[j] ? state->hi[j] : state->lo[j];
        mpq_set_d(exact->x[j], other);
        evaluate(exact, chain, state);
        row_value(exact, row);
        if (mpq_cmp(exact->total, least) < 0) {
            corner[j] = other;
            mpq_set(least, exact->total);
        }
        mpq_set_d(exact->x[j], corner[j]);
    }
    bool positive = mpq_sgn(least) > 0;
    mpq_clear(least);
    return positive;
}

crease_status crease_exact_outputs(const crease_net *net, const crease_question *question, const double *x,
                                   double *outputs, crease_error *error) {
    if (!crease_net_is_piecewise_linear(net)) {
        crease_work *work;
        crease_status status = crease_work_new(net, &work, error);
        if (status == CREASE_OK)
            crease_net_evaluate(net, NULL, work, 1, x, outputs);
        crease_work_free(work);
        return status;
    }
    crease_exact *exact;
    crease_status status = crease_exact_new(net, &exact, error);
    if (status != CREASE_OK)
        return status;
    set_point(exact, question, x);
    evaluate(exact, NULL, NULL);
    for (size_t i = 0; i < net->outputs; i++)
        outputs[i] = crease_rational_nearest(exact->y[i]);
    crease_exact_free(exact);
    return CREASE_OK;
}

crease_status crease_exact_witness_number(const crease_question *question, const double *x, size_t j,
                                          crease_number *number, crease_error *error) {
    return question->least[j] <= question->most[j]
               ? crease_number_from_double(clamped(question, x, j), number, error)
               : crease_number_copy(&question->source->lower[j], number, error);
}
