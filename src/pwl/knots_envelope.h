/* Lower envelopes of quadratics of one variable: functional pruning (Rigaill 2015; Maidstone, Hocking, Rigaill &
 * Fearnhead 2017). */
#ifndef CREASE_PWL_KNOTS_ENVELOPE_H
#define CREASE_PWL_KNOTS_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>

/* least + curvature (v - at)^2, curvature >= 0; and where it came from: a state before and a quadratic of its
 * envelope. */
typedef struct knot_quadratic {
    double least, curvature, at;
    size_t from_cell, from_index;
    bool flat; /* the piece that led here has slope 0 by order */
} knot_quadratic;

typedef struct knot_envelope_piece {
    double low, high; /* on this interval quadratic[index] is the lowest */
    size_t index;
} knot_envelope_piece;

/* Quadratics that are lowest somewhere (and some that once were), and the intervals. */
typedef struct knot_envelope {
    knot_quadratic *quadratic;
    size_t quadratic_count, quadratic_room;
    knot_envelope_piece *piece, *spare;
    size_t piece_count, piece_room;
} knot_envelope;

void crease_knot_envelope_clear(knot_envelope *envelope);
void crease_knot_envelope_empty(knot_envelope *envelope);

/* Takes q in where it is the lowest on [low, high], unless it gains nowhere more than `least_gain`. False without
 * memory. */
bool crease_knot_envelope_insert(knot_envelope *envelope, const knot_quadratic *q, double low, double high,
                                 double least_gain);

/* Forgets the quadratics that are lowest nowhere any more. */
void crease_knot_envelope_compact(knot_envelope *envelope);

#endif
