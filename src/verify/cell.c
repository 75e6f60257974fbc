/* Where bounds decide the side of every unit the net is one affine map, whose integer form (regions/integer_net.h) takes
 * its least value at a corner of the box. */
#include "verify/cell.h"
#include "regions/integer_net.h"
#include "regions/rational.h"
#include <math.h>

/* The least value of side * form over the box, of a form with inputs + 1 coefficients. */
static void least_on_box(const mpz_t *form, int side, const crease_state *state, size_t d, mpq_t least) {
    mpq_t term;
    mpq_init(term);
    mpq_set_z(least, form[d]);
    for (size_t j = 0; j < d; j++) {
        mpq_set_d(term, side * mpz_sgn(form[j]) >= 0 ? state->lo[j] : state->hi[j]);
        mpz_mul(mpq_numref(term), mpq_numref(term), form[j]);
        mpq_canonicalize(term);
        mpq_add(least, least, term);
    }
    if (side < 0)
        mpq_neg(least, least);
    mpq_clear(term);
}

/* The side of a unit: by the bounds of the state, else, as bounds are wide by rounding, by its exact form; 0: open. */
static signed char side_of(const crease_state *state, size_t unit, bool kink, const mpz_t *form, size_t d) {
    if (state->lower[unit] >= 0 || !kink)
        return 1;
    if (state->upper[unit] <= 0)
        return -1;
    mpq_t least;
    mpq_init(least);
    signed char side = 0;
    for (int s = 1; s >= -1 && side == 0; s -= 2) {
        least_on_box(form, s, state, d, least);
        if (mpq_sgn(least) >= 0)
            side = (signed char)s;
    }
    mpq_clear(least);
    return side;
}

/* The forms of all layers; false when a unit is open. */
static bool follow(const crease_integer_net *net, const crease_chain *chain, const crease_state *state,
                   crease_forms *forms) {
    size_t d = net->parameters;
    for (size_t l = 0; l < net->layer_count; l++) {
        crease_forms_layer(net, l, forms);
        for (size_t i = 0; i < net->layer[l].width; i++) {
            const mpz_t *form = (const mpz_t *)forms->z[l] + i * (d + 1);
            forms->sign[l][i] = side_of(state, chain->layer[l].first + i, net->layer[l].kink[i], form, d);
            if (forms->sign[l][i] == 0)
                return false;
        }
    }
    crease_forms_output(net, forms);
    return true;
}

/* sum of outputs_k form_k / scale over the box, its least value */
static void least_value(const crease_integer_net *net, const crease_forms *forms, const crease_state *state,
                        const double *outputs, mpq_t least) {
    size_t d = net->parameters;
    mpq_t gain, term;
    mpq_inits(gain, term, NULL);
    mpq_set_ui(least, 0, 1);
    for (size_t j = 0; j <= d; j++) {
        mpq_set_ui(gain, 0, 1);
        for (size_t k = 0; k < net->outputs; k++) {
            mpq_set_d(term, outputs[k]);
            mpz_mul(mpq_numref(term), mpq_numref(term), forms->output[k * (d + 1) + j]);
            mpq_canonicalize(term);
            mpq_add(gain, gain, term);
        }
        if (j < d) {
            mpq_set_d(term, mpq_sgn(gain) >= 0 ? state->lo[j] : state->hi[j]);
            mpq_mul(gain, gain, term);
        }
        mpq_add(least, least, gain);
    }
    mpq_set_z(term, net->scale);
    mpq_div(least, least, term);
    mpq_clears(gain, term, NULL);
}

/* x itself, or the point that the box is: origin and directions of the integer net. */
static void set_domain(const crease_state *state, size_t inputs, bool point, mpq_t *origin,
                       mpq_t *direction) {
    for (size_t j = 0; j < inputs; j++) {
        if (point)
            mpq_set_d(origin[j], state->lo[j]);
        else
            mpq_set_ui(direction[j * inputs + j], 1, 1);
    }
}

double crease_cell_least(const crease_net *net, const crease_chain *chain, const crease_state *state,
                         const double *outputs) {
    size_t d = net->inputs;
    bool point = true;
    double bound = -INFINITY;
    for (size_t j = 0; j < d; j++)
        point = point && state->lo[j] == state->hi[j];
    mpq_t *origin = crease_rationals_new(d), *direction = crease_rationals_new(d * d), least;
    crease_integer_net *integer = NULL;
    crease_forms forms = {0};
    mpq_init(least);
    if (!origin || !direction)
        goto done;
    set_domain(state, d, point, origin, direction);
    if (crease_integer_net_new(net, (const mpq_t *)origin, (const mpq_t *)direction, point ? 0 : d, &integer,
                               NULL) != CREASE_OK ||
        crease_forms_new(integer, &forms, NULL) != CREASE_OK)
        goto done;
    if (point)
        crease_forms_at_origin(integer, &forms);
    else if (!follow(integer, chain, state, &forms))
        goto done;
    least_value(integer, &forms, state, outputs, least);
    bound = crease_rational_below(least);
done:
    mpq_clear(least);
    crease_forms_clear(integer, &forms);
    crease_integer_net_free(integer);
    crease_rationals_free(origin, d);
    crease_rationals_free(direction, d * d);
    return bound;
}
