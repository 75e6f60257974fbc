/* Proofs once more, apart from src/checker: in fractions, slowly, with states copied down a recursion. A prover that writes
 * proofs of small networks, and a judge of any text. Both follow crease/proof.h word by word. */
#ifndef TEST_REFERENCE_PROOF_H
#define TEST_REFERENCE_PROOF_H

#include "crease/net.h"
#include "crease/specification.h"
#include <gmp.h>
#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stdio.h>

enum {
    REFERENCE_INPUTS = 4,
    REFERENCE_WIDTH = 8,
    REFERENCE_UNITS = 24,
    REFERENCE_ALTERNATIVES = 4,
    REFERENCE_ROWS = 4
};

typedef struct reference_state {
    double lower[REFERENCE_INPUTS], upper[REFERENCE_INPUTS];
    double unit_lower[REFERENCE_UNITS], unit_upper[REFERENCE_UNITS];
    int phase[REFERENCE_UNITS];
    bool open[REFERENCE_ALTERNATIVES];
} reference_state;

/* Multipliers and slopes of a step, NAN where there is none. */
typedef struct reference_sum {
    double row[REFERENCE_ROWS], phase[REFERENCE_UNITS], slope[REFERENCE_UNITS];
} reference_sum;

/* gain x + offset */
typedef struct reference_affine {
    mpq_t gain[REFERENCE_INPUTS], offset;
} reference_affine;

void reference_affine_init(reference_affine *affine);
void reference_affine_clear(reference_affine *affine);
/* Number of a unit in the row of all, and the slope of its f below 0. */
size_t reference_unit(const crease_net *net, size_t layer, size_t unit);
double reference_below(const crease_net *net, size_t layer, size_t unit);
size_t reference_open_count(const reference_state *state, const crease_case *c);

/* Backward passes; false where a unit lacks bounds. Of the pre-activation of a unit, or its negative. */
bool reference_pass_unit(const crease_net *net, const reference_state *state, size_t layer, size_t unit,
                         bool negative, reference_affine *affine);
bool reference_pass_sum(const crease_net *net, const reference_state *state,
                        const crease_alternative *alternative, const reference_sum *sum,
                        reference_affine *affine);
/* The smallest value over a box. */
void reference_minimum(const crease_net *net, const reference_affine *affine, const double *lower,
                       const double *upper, mpq_t minimum);

/* The outputs at an input, exactly. */
void reference_evaluate(const crease_net *net, mpq_t *x, mpq_t *y);
/* Does x (in the box) satisfy every row of the alternative? */
bool reference_violates(const crease_net *net, const crease_alternative *alternative, mpq_t *x);
void reference_number(const crease_number *number, mpq_t value);

/* A proof of the specification into the file, or false: it gave up, and what it wrote is no proof. With `dishonest` it never gives
 * up: instead it closes alternatives that it cannot close, by claims made up at random. */
bool reference_prove(const crease_net *net, const crease_specification *specification, gsl_rng *rng,
                     bool dishonest, FILE *file);

/* Is the text a proof? `line` is the first line that does not hold. Only for texts made of words of proofs: the file's syntax is
 * not judged with care. */
bool reference_judge(const crease_net *net, const crease_specification *specification, const char *text,
                     size_t *line);

#endif
