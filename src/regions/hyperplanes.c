/* Lines of the units of the first layer that cut a box, each once: two forms are one line when their cross
 * product is zero, and once divided by their common divisor and with a positive leading coefficient they
 * are equal. */
#include "regions/mosaic.h"
#include "regions/rational.h"
#include <stdint.h>
#include <stdlib.h>

/* The form takes both signs inside the box: its largest value is above 0 and its smallest below. */
static bool cuts_box(const mpz_t *form, size_t dimension, const mpq_t *lower, const mpq_t *upper) {
    mpq_t least, most, term;
    mpq_inits(least, most, term, NULL);
    mpq_set_z(least, form[dimension]);
    mpq_set(most, least);
    for (size_t k = 0; k < dimension; k++) {
        bool rising = mpz_sgn(form[k]) >= 0;
        mpq_set_z(term, form[k]);
        mpq_mul(term, term, rising ? lower[k] : upper[k]);
        mpq_add(least, least, term);
        mpq_set_z(term, form[k]);
        mpq_mul(term, term, rising ? upper[k] : lower[k]);
        mpq_add(most, most, term);
    }
    bool cuts = mpq_sgn(least) < 0 && mpq_sgn(most) > 0;
    mpq_clears(least, most, term, NULL);
    return cuts;
}

static void normalise(const mpz_t *form, size_t dimension, mpz_t *line) {
    mpz_set(line[0], form[0]);
    mpz_set_ui(line[1], 0);
    if (dimension == 2)
        mpz_set(line[1], form[1]);
    mpz_set(line[2], form[dimension]);
    crease_triple_reduce(line);
    if (mpz_sgn(line[0]) < 0 || (mpz_sgn(line[0]) == 0 && mpz_sgn(line[1]) < 0))
        for (size_t k = 0; k < 3; k++)
            mpz_neg(line[k], line[k]);
}

static bool known(const crease_triples *lines) {
    const mpz_t *last = (const mpz_t *)lines->value + 3 * (lines->count - 1);
    for (size_t i = 0; i + 1 < lines->count; i++) {
        const mpz_t *line = (const mpz_t *)lines->value + 3 * i;
        if (mpz_cmp(line[0], last[0]) == 0 && mpz_cmp(line[1], last[1]) == 0 &&
            mpz_cmp(line[2], last[2]) == 0)
            return true;
    }
    return false;
}

crease_status crease_mosaic_hyperplanes(const crease_integer_net *net, const mpq_t *lower, const mpq_t *upper,
                                        size_t *count, crease_error *error) {
    crease_forms forms;
    crease_triples lines = {0};
    *count = 0;
    crease_status status = crease_forms_new(net, &forms, error);
    if (status)
        return status;
    crease_forms_layer(net, 0, &forms);
    for (size_t u = 0; u < net->layer[0].width && status == CREASE_OK; u++) {
        const mpz_t *form = (const mpz_t *)forms.z[0] + u * (net->parameters + 1);
        if (!net->layer[0].kink[u] || !cuts_box(form, net->parameters, lower, upper))
            continue;
        size_t line = crease_triples_add(&lines);
        if (line == SIZE_MAX) {
            status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for lines of units");
            continue;
        }
        normalise(form, net->parameters, lines.value + 3 * line);
        if (known(&lines))
            lines.count--;
    }
    *count = lines.count;
    crease_triples_clear(&lines);
    crease_forms_clear(net, &forms);
    return status;
}
