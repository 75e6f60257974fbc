/* Inside inference: from given knots to the nearest best ones, all of them free or one held in its place. Fast, for
 * thousands of refits of one function; without shapes and without a search. */
#ifndef CREASE_FIT_PWL_DESCENT_H
#define CREASE_FIT_PWL_DESCENT_H

#include "fit/one_knot.h"

typedef struct crease_descent {
    size_t knots, room;
    /* the data of now, borrowed: places ascending and distinct, values, weights; least points a piece, >= 2 */
    size_t points, least;
    const double *u, *z, *w;
    size_t held; /* knot that stays, or SIZE_MAX */

    /* the function: knots t with split[j] points left of t[j], values there, knots + 1 slopes */
    double *t, *value, *slope, sse;
    size_t *split;

    /* work space */
    double *trial, *kept, *segment;
    size_t *trial_split;
    crease_piece *piece, *right;
    crease_scan *scan;
} crease_descent;

/* False without memory. At least one knot. */
bool crease_descent_new(crease_descent *descent, size_t knots, size_t room);
void crease_descent_clear(crease_descent *descent);
void crease_descent_data(crease_descent *descent, size_t points, const double *u, const double *z,
                         const double *w, size_t least);

/* From knots `start`, ascending, moved where a piece would hold too few points, to a function that no knot can better by
 * moving alone to any other place between its neighbours. False where the points cannot hold the knots, or the held
 * knot not its place. */
bool crease_descent_run(crease_descent *descent, const double *start, size_t held);

/* Where knot j may lie. */
void crease_descent_ends(const crease_descent *descent, size_t knot, double *low, double *high);

#endif
