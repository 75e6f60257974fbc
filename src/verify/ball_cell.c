/* The cell of a point x: with s = x' - x every unit's form is z(s) = z(x) + c s on the cell, so the face of that unit is
 * at the distance |z(x)| / ||c||_dual, and the nearest of all faces bounds the largest ball in the cell. */
#include "regions/integer_net.h"
#include "regions/rational.h"
#include "verify/ball.h"
#include <math.h>
#include <stdint.h>

/* |value| over the dual norms of `form`, without its last coefficient. */
static void distances(const mpz_t *form, size_t d, double distance[CREASE_NORM_COUNT]) {
    mpz_t sum, squares, most, value;
    mpz_inits(sum, squares, most, value, NULL);
    for (size_t j = 0; j < d; j++) {
        mpz_abs(value, form[j]);
        mpz_add(sum, sum, value);
        mpz_addmul(squares, value, value);
        if (mpz_cmp(value, most) > 0)
            mpz_set(most, value);
    }
    mpz_abs(value, form[d]);
    for (size_t n = 0; n < CREASE_NORM_COUNT; n++)
        distance[n] = INFINITY;
    if (mpz_sgn(most) != 0) {
        distance[CREASE_L1] = crease_quotient(value, most);
        distance[CREASE_LINF] = crease_quotient(value, sum);
        mpz_mul(value, value, value);
        distance[CREASE_L2] = crease_root(value, squares);
    }
    mpz_clears(sum, squares, most, value, NULL);
}

static void measure_cell(const crease_integer_net *net, const crease_forms *forms,
                         crease_robust_result *result) {
    size_t terms = net->parameters + 1;
    result->face_layer = result->face_unit = SIZE_MAX;
    for (size_t n = 0; n < CREASE_NORM_COUNT; n++)
        result->cell_radius[n] = INFINITY;
    for (size_t l = 0; l < net->layer_count; l++)
        for (size_t u = 0; u < net->layer[l].width; u++) {
            double distance[CREASE_NORM_COUNT];
            if (!net->layer[l].kink[u])
                continue;
            distances((const mpz_t *)forms->z[l] + u * terms, net->parameters, distance);
            if (distance[CREASE_L2] < result->cell_radius[CREASE_L2]) {
                result->face_layer = l;
                result->face_unit = u;
            }
            for (size_t n = 0; n < CREASE_NORM_COUNT; n++)
                result->cell_radius[n] = fmin(result->cell_radius[n], distance[n]);
        }
    result->on_face = result->cell_radius[CREASE_LINF] == 0;
}

/* y = gain (x + s) + offset */
static void take_map(const crease_integer_net *net, const crease_forms *forms, const mpq_t *at,
                     crease_robust_result *result, mpq_t *y) {
    size_t d = net->parameters;
    mpq_t offset, term;
    mpq_inits(offset, term, NULL);
    for (size_t k = 0; k < net->outputs; k++) {
        const mpz_t *form = (const mpz_t *)forms->output + k * (d + 1);
        mpq_set_num(y[k], form[d]);
        mpq_set_den(y[k], net->scale);
        mpq_canonicalize(y[k]);
        mpq_set(offset, y[k]);
        for (size_t j = 0; j < d; j++) {
            result->gain[k * d + j] = crease_quotient(form[j], net->scale);
            mpq_set_num(term, form[j]);
            mpq_set_den(term, net->scale);
            mpq_canonicalize(term);
            mpq_mul(term, term, at[j]);
            mpq_sub(offset, offset, term);
        }
        result->offset[k] = crease_rational_nearest(offset);
        result->output[k] = crease_rational_nearest(y[k]);
        if (mpq_cmp(y[k], y[result->largest]) > 0)
            result->largest = k;
    }
    mpq_clears(offset, term, NULL);
}

crease_status crease_ball_cell(const crease_net *net, const mpq_t *at, crease_robust_result *result, mpq_t *y,
                               crease_error *error) {
    size_t d = net->inputs;
    mpq_t *direction = crease_rationals_new(d * d);
    crease_integer_net *integer = NULL;
    crease_forms forms = {0};
    if (!direction)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu inputs", d);
    for (size_t j = 0; j < d; j++)
        mpq_set_ui(direction[j * d + j], 1, 1);
    crease_status status = crease_integer_net_new(net, at, (const mpq_t *)direction, d, &integer, error);
    if (status == CREASE_OK)
        status = crease_forms_new(integer, &forms, error);
    if (status == CREASE_OK) {
        crease_forms_at_origin(integer, &forms);
        measure_cell(integer, &forms, result);
        take_map(integer, &forms, at, result, y);
    }
    crease_forms_clear(integer, &forms);
    crease_integer_net_free(integer);
    crease_rationals_free(direction, d * d);
    return status;
}
