/* How far a point can move before the output moves: the affine map of a network at a point, the cell on which it holds,
 * and the largest ball around the point on which
 *
 *   no output moves by T or more (tolerance), or the largest output stays the largest (class),
 *
 * in the norms L1, L2 and Linf of the inputs. Three radii, each a bound of the true one from below: margin over the
 * product of the layers' norms (Szegedy et al. 2014, section 4.3), holds everywhere and is loose; the smaller of margin over
 * the dual norm of the gain and the distance to the nearest face of the cell, exact while the ball stays in the cell;
 * and the verified radius, by best-first branch and bound over distance, with a witness just outside. */
#ifndef CREASE_ROBUST_H
#define CREASE_ROBUST_H

#include "crease/net.h"
#include "crease/specification.h"
#include <stdint.h>

typedef enum crease_norm { CREASE_L1 = 0, CREASE_L2, CREASE_LINF, CREASE_NORM_COUNT } crease_norm;
const char *crease_norm_name(crease_norm norm); /* "l1", "l2", "linf" */

typedef struct crease_robust_options {
    double tolerance;                   /* T > 0; 0: the class */
    const crease_number *lower, *upper; /* inputs of each: only points of this box count; NULL: all */
    double gap;        /* certified when radius and witness differ by this share of the radius; 0: 1e-6 */
    double timeout;    /* seconds for all; 0: none */
    size_t node_limit; /* boxes for each norm; 0: none */
    size_t threads;    /* 0: all cores; the result does not depend on it */
    bool (*interrupted)(void *context);
    void *context;
} crease_robust_options;

/* The verified ball of one norm. */
typedef struct crease_ball {
    double radius;         /* no point that is nearer violates; rounded down */
    double distance;       /* of the witness, rounded up; INFINITY without one */
    double *witness;       /* inputs: violates, in rational arithmetic where the net is piecewise linear */
    bool found, certified; /* certified: the gap is small, or nothing in the box violates */
    bool everywhere;       /* nothing in the whole box (options) violates; radius is then INFINITY */
    const char *
        why; /* not certified: "timeout", "node limit", "memory", "interrupted", "rounding", "no witness within
                        reach" */
    size_t nodes;
} crease_ball;

typedef struct crease_robust_result {
    size_t inputs, outputs;
    double *output;        /* at the point: nearest doubles */
    size_t largest;        /* number of the largest output, the first of equal ones */
    double *gain, *offset; /* outputs x inputs, outputs: y = gain x + offset on the cell */
    bool has_cell; /* the net is piecewise linear; else there is no cell, and gain is the derivative */
    bool on_face;  /* the point lies on a kink; its cell, with units at 0 taken from below, has radius 0 */
    size_t face_layer, face_unit; /* of the nearest face in L2, from 0; SIZE_MAX: the cell is everything */
    double cell_radius[CREASE_NORM_COUNT]; /* distance to the nearest face; INFINITY: none */
    double local_lipschitz
        [CREASE_NORM_COUNT]; /* largest change of an output for a unit step in this norm, in the cell */
    double global_bound[CREASE_NORM_COUNT]; /* an upper bound of it everywhere; INFINITY: none */
    double radius_global[CREASE_NORM_COUNT], radius_cell[CREASE_NORM_COUNT];
    bool cell_is_exact[CREASE_NORM_COUNT]; /* radius_cell is the true radius, if the whole ball counts */
    crease_ball ball[CREASE_NORM_COUNT];
    bool interrupted;
    double seconds;
} crease_robust_result;

/* At the point `at` (inputs numbers). CREASE_BAD_ARGUMENT for a point outside the box, numbers that are not finite, a
 * class of a net with one output. Clear the result in any case. */
crease_status crease_robust(const crease_net *net, const crease_number *at,
                            const crease_robust_options *options, crease_robust_result *result,
                            crease_error *error);
void crease_robust_result_clear(crease_robust_result *result);

#endif
