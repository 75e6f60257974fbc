/* Convex polytopes of any dimension by their corners, in rationals. */
#ifndef TEST_EXACT_POLYTOPE_H
#define TEST_EXACT_POLYTOPE_H

#include <gmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EXACT_CUTS = 128 };

typedef struct exact_corner {
    mpq_t *x;
    uint64_t on[EXACT_CUTS / 64]; /* the half-spaces on whose border it lies */
} exact_corner;

typedef struct exact_polytope {
    size_t dimension, count, cuts;
    exact_corner *corner;
} exact_polytope;

void exact_polytope_box(size_t dimension, mpq_t *lower, mpq_t *upper, exact_polytope *polytope);
void exact_polytope_clear(exact_polytope *polytope);

/* form: dimension coefficients, then the constant. */
void exact_form_at(size_t dimension, mpq_t *form, mpq_t *x, mpq_t value);

/* The part where sign * form <= 0; no corners when it is empty. */
void exact_polytope_cut(const exact_polytope *polytope, mpq_t *form, int sign, exact_polytope *part);

/* Whether the form is below 0 at some corner, and above. */
void exact_polytope_signs(const exact_polytope *polytope, mpq_t *form, bool *below, bool *above);

#endif
