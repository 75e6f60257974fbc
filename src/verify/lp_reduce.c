/* Elimination: every quantity is an affine form in the free inputs and the open units.
 *
 * Input k is middle + radius c, c in [-1, 1]; inputs whose interval is a point are constants. An open unit f(z) with
 * slope p below zero is p z + sign v scale with sign = sign(1 - p): v >= 0 is the side p z, and with q = |1 - p|
 *   v scale >= q z                          the side z
 *   v scale <= sign ((s - p) z + t)         the chord s z + t
 * for p < 1 and, upside down, for p > 1. Units of known sign are z or p z. All is computed in plain doubles: nothing
 * that is concluded from the program rests on its numbers. */
#include "verify/lp_reduce.h"
#include "verify/lines.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double most = 1e30; /* larger numbers are refused */

static bool is_open(const lp_layer *layer, size_t u) {
    return !(layer->phase && layer->phase[u]) && layer->slope[u] != 1 && layer->lower[u] < 0 &&
           layer->upper[u] > 0;
}

/* proof.h: the chord between the points at the bounds. */
static void set_chord(lp_unit *unit) {
    double p = unit->slope, l = unit->lower, u = unit->upper, s = crease_lines_chord(p, l, u);
    double at_lower = (p - s) * l, at_upper = (1 - s) * u;
    unit->chord_slope = s;
    unit->chord_offset = p <= 1 ? fmax(at_lower, at_upper) : fmin(at_lower, at_upper);
}

static void open_unit(const lp_layer *layer, size_t u, size_t index, lp_unit *unit) {
    *unit = (lp_unit){.index = index,
                      .slope = layer->slope[u],
                      .sign = layer->slope[u] <= 1 ? 1 : -1,
                      .lower = layer->lower[u],
                      .upper = layer->upper[u]};
    unit->scale = fabs(1 - unit->slope) * fmax(unit->upper, -unit->lower);
    set_chord(unit);
}

static void add(double factor, const double *from, size_t width, double *to) {
    for (size_t c = 0; c < width; c++)
        to[c] += factor * from[c];
}

static double *next_constraint(lp_reduced *reduced, lp_kind kind, size_t index, int sense) {
    size_t i = reduced->constraint_count++;
    reduced->constraint[i] = (lp_constraint){kind, index, sense, 1};
    return reduced->form + i * reduced->width;
}

/* Divides the newest constraint, so that its largest coefficient is 1. */
static void normalise(lp_reduced *reduced) {
    size_t i = reduced->constraint_count - 1;
    double *form = reduced->form + i * reduced->width, largest = 0;
    for (size_t c = 1; c < reduced->width; c++)
        largest = fmax(largest, fabs(form[c]));
    if (!(largest > 0))
        return;
    reduced->constraint[i].scale = largest;
    for (size_t c = 0; c < reduced->width; c++)
        form[c] /= largest;
}

/* The two constraints of an open unit beside v >= 0; value: p z + sign scale v. */
static void add_open_unit(lp_reduced *reduced, size_t j, const double *z, double *value) {
    const lp_unit *unit = &reduced->unit[j];
    size_t width = reduced->width, column = 1 + reduced->input_columns + j;
    double *free_side = next_constraint(reduced, LP_FREE, j, 1);
    add(-fabs(1 - unit->slope) / unit->scale, z, width, free_side);
    free_side[column] += 1;
    double *chord = next_constraint(reduced, LP_CHORD, j, -1);
    add(-unit->sign * (unit->chord_slope - unit->slope) / unit->scale, z, width, chord);
    chord[0] -= unit->sign * unit->chord_offset / unit->scale;
    chord[column] += 1;
    for (size_t c = 0; c < width; c++)
        value[c] = unit->slope * z[c];
    value[column] += unit->sign * unit->scale;
}

static void add_layer(const lp_problem *problem, size_t l, lp_reduced *reduced, size_t *opened,
                      const double *in, double *z, double *out) {
    const lp_layer *layer = &problem->layer[l];
    size_t width = reduced->width, filled = 1 + reduced->input_columns + *opened;
    for (size_t u = 0; u < layer->width; u++) {
        memset(z, 0, width * sizeof *z);
        z[0] = layer->bias[u];
        for (size_t k = 0; k < layer->fan_in; k++) {
            double weight = layer->weights[u * layer->stride + k];
            if (weight != 0)
                add(weight, in + k * width, filled, z);
        }
        int phase = layer->phase ? layer->phase[u] : 0;
        if (phase) {
            memcpy(next_constraint(reduced, LP_PHASE, layer->first + u, phase), z, width * sizeof *z);
            normalise(reduced);
            reduced->phase_count++;
        }
        double *value = out + u * width;
        if (is_open(layer, u)) {
            open_unit(layer, u, layer->first + u, &reduced->unit[*opened]);
            add_open_unit(reduced, (*opened)++, z, value);
            continue;
        }
        double factor = phase > 0 || (phase == 0 && layer->lower[u] >= 0) ? 1 : layer->slope[u];
        for (size_t c = 0; c < width; c++)
            value[c] = factor * z[c];
    }
}

static void add_inputs(const lp_problem *problem, lp_reduced *reduced, double *raw, double *standardised) {
    size_t width = reduced->width, column = 1;
    for (size_t k = 0; k < problem->inputs; k++) {
        double lower = problem->lower[k], upper = problem->upper[k], *form = raw + k * width;
        memset(form, 0, width * sizeof *form);
        form[0] = lower / 2 + upper / 2;
        if (lower < upper) {
            reduced->input[column - 1] = k;
            form[column++] = upper / 2 - lower / 2;
        }
        for (size_t c = 0; c < width; c++)
            standardised[k * width + c] = form[c] / problem->input_scale[k];
        standardised[k * width] = (form[0] - problem->input_shift[k]) / problem->input_scale[k];
    }
}

/* Form of output o, added to `to` with a factor. */
static void add_output(const lp_problem *problem, const lp_reduced *reduced, size_t o, double factor,
                       const double *a0, const double *last, double *to) {
    size_t n = problem->layer_count ? problem->layer[problem->layer_count - 1].width : 0;
    if (problem->output_scale) {
        to[0] += factor * problem->output_shift[o];
        factor *= problem->output_scale[o];
    }
    to[0] += factor * problem->output_bias[o];
    for (size_t k = 0; k < n; k++)
        add(factor * problem->output_weights[o * problem->output_stride + k], last + k * reduced->width,
            reduced->width, to);
    for (size_t k = 0; problem->affine_weights && k < problem->inputs; k++)
        add(factor * problem->affine_weights[o * problem->affine_stride + k], a0 + k * reduced->width,
            reduced->width, to);
}

/* Rows share one scale: t is compared between them. */
static void add_rows(const lp_problem *problem, lp_reduced *reduced, const double *raw, const double *a0,
                     const double *last) {
    size_t width = reduced->width, first = reduced->constraint_count;
    double largest = 0;
    for (size_t r = 0; r < problem->row_count; r++) {
        const double *coefficient = problem->coefficient + r * (problem->inputs + problem->outputs);
        double *form = next_constraint(reduced, LP_ROW, r, -1);
        form[0] = problem->constant[r];
        for (size_t k = 0; k < problem->inputs; k++)
            if (coefficient[k] != 0)
                add(coefficient[k], raw + k * width, width, form);
        for (size_t o = 0; o < problem->outputs; o++)
            if (coefficient[problem->inputs + o] != 0)
                add_output(problem, reduced, o, coefficient[problem->inputs + o], a0, last, form);
        for (size_t c = 0; c < width; c++)
            largest = fmax(largest, fabs(form[c]));
    }
    for (size_t i = first; largest > 0 && i < reduced->constraint_count; i++) {
        reduced->constraint[i].scale = largest;
        for (size_t c = 0; c < width; c++)
            reduced->form[i * width + c] /= largest;
    }
}

static bool bounds_are_numbers(const lp_problem *problem) {
    for (size_t l = 0; l < problem->layer_count; l++)
        for (size_t u = 0; u < problem->layer[l].width; u++)
            if (!(problem->layer[l].lower[u] <= problem->layer[l].upper[u]))
                return false;
    return true;
}

static bool in_range(const lp_reduced *reduced) {
    for (size_t j = 0; j < reduced->unit_columns; j++)
        if (!isfinite(reduced->unit[j].scale))
            return false;
    for (size_t i = 0; i < reduced->constraint_count; i++) {
        if (!isfinite(reduced->constraint[i].scale))
            return false;
        for (size_t c = 0; c < reduced->width; c++)
            if (!(fabs(reduced->form[i * reduced->width + c]) < most))
                return false;
    }
    return true;
}

/* Counts, and room for constraints; returns the widest layer. */
static size_t make_room(const lp_problem *problem, lp_reduced *reduced) {
    size_t widest = problem->inputs, constraints = problem->row_count, phases = 0;
    *reduced = (lp_reduced){0};
    for (size_t k = 0; k < problem->inputs; k++)
        reduced->input_columns += problem->lower[k] < problem->upper[k];
    for (size_t l = 0; l < problem->layer_count; l++) {
        const lp_layer *layer = &problem->layer[l];
        widest = layer->width > widest ? layer->width : widest;
        for (size_t u = 0; u < layer->width; u++) {
            reduced->unit_columns += is_open(layer, u);
            phases += layer->phase && layer->phase[u];
        }
    }
    constraints += phases + 2 * reduced->unit_columns;
    reduced->width = 1 + reduced->input_columns + reduced->unit_columns;
    reduced->input = calloc(reduced->input_columns + 1, sizeof *reduced->input);
    reduced->unit = calloc(reduced->unit_columns + 1, sizeof *reduced->unit);
    reduced->constraint = calloc(constraints + 1, sizeof *reduced->constraint);
    reduced->form = calloc((constraints + 1) * reduced->width, sizeof *reduced->form);
    return widest;
}

crease_status crease_lp_reduce(const lp_problem *problem, lp_reduced *reduced, crease_error *error) {
    crease_status status = CREASE_NO_MEMORY;
    size_t widest = make_room(problem, reduced), width = reduced->width, opened = 0;
    size_t room = widest * width, inputs = problem->inputs * width;
    double *memory = calloc(2 * inputs + 2 * room + width, sizeof *memory);
    if (!memory || !reduced->input || !reduced->unit || !reduced->constraint || !reduced->form)
        goto done;
    double *raw = memory, *a0 = raw + inputs, *out = a0 + inputs, *spare = out + room, *z = spare + room;
    add_inputs(problem, reduced, raw, a0);
    const double *in = a0;
    for (size_t l = 0; l < problem->layer_count; l++) {
        add_layer(problem, l, reduced, &opened, in, z, out);
        in = out;
        out = spare;
        spare = (double *)in;
    }
    add_rows(problem, reduced, raw, a0, in);
    status = bounds_are_numbers(problem) && in_range(reduced) ? CREASE_OK : CREASE_BAD_DATA;
done:
    free(memory);
    if (status == CREASE_OK)
        return status;
    crease_lp_reduced_clear(reduced);
    if (status == CREASE_NO_MEMORY)
        return crease_fail(error, status, "out of memory for a linear program");
    return crease_fail(error, status, "a linear program has numbers beyond 1e30");
}

void crease_lp_reduced_clear(lp_reduced *reduced) {
    free(reduced->input);
    free(reduced->unit);
    free(reduced->constraint);
    free(reduced->form);
    *reduced = (lp_reduced){0};
}
