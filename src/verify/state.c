/* Bounds of all pre-activations over one state, layer by layer, each from the lines of the layers below it. */
#include "verify/state.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

crease_status crease_state_new(const crease_chain *chain, crease_state *state, crease_error *error) {
    size_t doubles = 2 * chain->inputs + 2 * chain->units;
    state->memory = malloc(doubles * sizeof(double) + chain->units + 1);
    if (!state->memory)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the boxes of a search");
    state->lo = state->memory;
    state->hi = state->lo + chain->inputs;
    state->lower = state->hi + chain->inputs;
    state->upper = state->lower + chain->units;
    state->phase = (signed char *)(state->upper + chain->units);
    crease_state_forget(chain, state);
    return CREASE_OK;
}

void crease_state_forget(const crease_chain *chain, crease_state *state) {
    for (size_t u = 0; u < chain->units; u++) {
        state->lower[u] = -INFINITY;
        state->upper[u] = INFINITY;
    }
    memset(state->phase, 0, chain->units);
}

void crease_state_fix_phase(crease_state *state, size_t unit, signed char phase) {
    state->phase[unit] = phase;
    if (phase > 0)
        state->lower[unit] = fmax(state->lower[unit], 0);
    else
        state->upper[unit] = fmin(state->upper[unit], 0);
}

void crease_state_copy(const crease_chain *chain, const crease_state *from, crease_state *to) {
    memcpy(to->memory, from->memory, (2 * chain->inputs + 2 * chain->units) * sizeof(double) + chain->units);
}

void crease_state_clear(crease_state *state) {
    free(state->memory);
    *state = (crease_state){0};
}

crease_status crease_bounder_new(const crease_chain *chain, crease_magnitude *magnitude,
                                 crease_bounder *bounder, crease_error *error) {
    *bounder = (crease_bounder){.chain = chain, .magnitude = magnitude};
    bounder->memory = calloc(chain->units * (chain->input_stride + 2) + chain->outputs + 1, sizeof(double));
    crease_status status = CREASE_NO_MEMORY;
    if (!bounder->memory) {
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for the bounds of a network");
        goto done;
    }
    bounder->gain = bounder->memory;
    bounder->offset = bounder->gain + chain->units * chain->input_stride;
    bounder->coefficients = bounder->offset + chain->units;
    bounder->unstable = (size_t *)(bounder->coefficients + chain->outputs);
    status = crease_lines_new(chain, &bounder->lines, error);
    if (status == CREASE_OK)
        status = crease_functionals_new(chain, &bounder->functionals, error);
done:
    if (status != CREASE_OK)
        crease_bounder_clear(bounder);
    return status;
}

void crease_bounder_clear(crease_bounder *bounder) {
    crease_lines_clear(&bounder->lines);
    crease_functionals_clear(&bounder->functionals);
    free(bounder->memory);
    *bounder = (crease_bounder){0};
}

bool crease_unit_is_unstable(const crease_chain *chain, const crease_state *state, size_t l, size_t i) {
    const crease_chain_layer *layer = &chain->layer[l];
    size_t u = layer->first + i;
    if (layer->straight || crease_activation_is_piecewise_linear(layer->activation[i], layer->parameter[i]))
        return state->lower[u] < 0 && state->upper[u] > 0 && layer->slope[i] != 1;
    return state->lower[u] < state->upper[u];
}

/* A bound that moves by less than this share of the interval stays as it is: each one taken is a step of a proof. */
static const double smallest_gain = 0.02;

/* Bounds are kept at 32 bits, rounded outwards: short numbers make proofs short and quick to check. */
static double rounded_down(double bound) {
    int exponent;
    double mantissa = frexp(bound, &exponent);
    return isfinite(bound) ? ldexp(floor(ldexp(mantissa, 32)), exponent - 32) : bound;
}

static void claim(const crease_claims *claims, size_t unit, bool upper, double value) {
    if (claims && claims->bound)
        claims->bound(claims->context, unit, upper, value);
}

/* A bound of z from functional r (side 1: z, -1: -z). Bounds that cross show that the state is empty: of a unit whose
 * phase is fixed this closes the state, of another it is passed over. */
static void take_bound(crease_bounder *bounder, crease_state *state, size_t unit, double side, size_t r,
                       const crease_claims *claims) {
    double bound = crease_functionals_least(bounder->chain, &bounder->functionals, r, state->lo, state->hi);
    if (bounder->within) {
        crease_functionals_gain(bounder->chain, &bounder->functionals, r, bounder->within_gain);
        bound = fmax(bound, bounder->within(bounder->within_context, bounder->within_gain,
                                            crease_functionals_offset(&bounder->functionals, r)));
    }
    double *lower = &state->lower[unit], *upper = &state->upper[unit];
    double worthwhile = smallest_gain * (*upper - *lower);
    bound = rounded_down(bound);
    if (state->phase[unit] == -side && bound > 0)
        bounder->contradicted = unit;
    if (side > 0 && bound > *lower && bound <= *upper && (bound >= 0 || !(bound < *lower + worthwhile))) {
        *lower = bound;
        claim(claims, unit, false, bound);
    } else if (side < 0 && -bound < *upper && -bound >= *lower &&
               (bound >= 0 || !(-bound > *upper - worthwhile))) {
        *upper = -bound;
        claim(claims, unit, true, -bound);
    }
}

static void keep_form(crease_bounder *bounder, size_t unit, size_t r) {
    size_t stride = bounder->chain->input_stride;
    crease_functionals_gain(bounder->chain, &bounder->functionals, r, bounder->gain + unit * stride);
    bounder->offset[unit] = crease_functionals_offset(&bounder->functionals, r);
}

/* Two functionals a unit, z and -z, two units at a time. */
static void bound_units(crease_bounder *bounder, crease_state *state, size_t l, const size_t *row,
                        size_t count, const crease_claims *claims) {
    const crease_chain *chain = bounder->chain;
    crease_functionals *functionals = &bounder->functionals;
    functionals->phase = NULL;
    functionals->trace = NULL;
    size_t first = chain->layer[l].first;
    for (size_t k = 0; k < count; k += 2) {
        size_t here = k + 1 < count ? 2 : 1;
        for (size_t r = 0; r < CREASE_TOGETHER; r++)
            crease_functionals_start_unit(chain, l, row[k + (r / 2) % here], r % 2 ? -1 : 1, functionals, r);
        crease_functionals_down(chain, &bounder->lines, bounder->magnitude, l, functionals);
        for (size_t r = 0; r < 2 * here; r++)
            take_bound(bounder, state, first + row[k + r / 2], r % 2 ? -1 : 1, r, claims);
        for (size_t r = 0; r < here; r++)
            keep_form(bounder, first + row[k + r], 2 * r + (state->phase[first + row[k + r]] > 0));
    }
}

static bool wanted(const crease_chain *chain, const crease_state *state, size_t l, size_t i) {
    return crease_unit_is_unstable(chain, state, l, i) || state->phase[chain->layer[l].first + i];
}

static void bound_layers(crease_bounder *bounder, crease_state *state, bool root,
                         const crease_claims *claims) {
    const crease_chain *chain = bounder->chain;
    bounder->unstable_count = 0;
    bounder->contradicted = chain->units;
    for (size_t l = 0; l < chain->depth; l++) {
        const crease_chain_layer *layer = &chain->layer[l];
        size_t *row = bounder->unstable + bounder->unstable_count, count = 0;
        if (root)
            crease_magnitude_layer(chain, l, state->lower, state->upper, bounder->magnitude);
        for (size_t i = 0; i < layer->rows; i++)
            if (root || wanted(chain, state, l, i))
                row[count++] = i;
        bound_units(bounder, state, l, row, count, claims);
        for (size_t i = 0; i < layer->rows; i++)
            if (crease_unit_is_unstable(chain, state, l, i))
                bounder->unstable[bounder->unstable_count++] = layer->first + i;
        crease_lines_layer(chain, l, state->lower, state->upper, NULL, &bounder->lines);
    }
}

void crease_bounder_root(crease_bounder *bounder, crease_state *state, const crease_claims *claims) {
    bounder->magnitude->least = 0;
    crease_magnitude_inputs(bounder->chain, state->lo, state->hi, bounder->magnitude);
    bound_layers(bounder, state, true, claims);
    crease_magnitude_layer(bounder->chain, bounder->chain->depth, state->lower, state->upper,
                           bounder->magnitude);
}

void crease_bounder_tighten(crease_bounder *bounder, crease_state *state, const crease_claims *claims) {
    bound_layers(bounder, state, false, claims);
}

double crease_bounder_output(crease_bounder *bounder, const crease_state *state, const double *outputs,
                             const double *inputs, double *gain, double *offset) {
    const crease_chain *chain = bounder->chain;
    crease_functionals *functionals = &bounder->functionals;
    functionals->phase = NULL;
    functionals->trace = NULL;
    for (size_t r = 0; r < CREASE_TOGETHER; r++)
        crease_functionals_start_output(chain, bounder->magnitude, outputs, inputs, functionals, r);
    crease_functionals_down(chain, &bounder->lines, bounder->magnitude, chain->depth, functionals);
    if (gain)
        crease_functionals_gain(chain, functionals, 0, gain);
    if (offset)
        *offset = crease_functionals_offset(functionals, 0);
    return crease_functionals_least(chain, functionals, 0, state->lo, state->hi);
}
