/* The phase plane of one joint under a piecewise-linear law, cut exactly into the regions on which the law
 * is affine.
 *
 * Coordinates are x = q - reference and w = q'. On a region u = -Kp x - Kd w + offset, so that without
 * gravity J x'' = u - b x' is linear: s' = A s + c, A = [0 1; -Kp/J -(b + Kd)/J], c = (0, offset/J). */
#ifndef ARM_PLANE_H
#define ARM_PLANE_H

#include "arm/arm.h"
#include "crease/regions.h"

/* ---- laws (plane_law.c) ---- */

/* The law of the project's examples, data/kinked_law.json: u0 = 20 e - 4 w + 60 [relu(e - .1) - relu(-e -
 * .1)] - 10 [relu(w - 3) - relu(-w - 3)], held within +-40 N m by two more units. Inputs e and w. Free it. */
crease_status arm_plane_example_law(crease_net **law, crease_error *error);
/* The same law held within +-limit by two more ReLU units, -limit + relu(u + limit) - relu(u - limit),
 * exactly: no weight of the law is rounded. One output; free it. */
crease_status arm_plane_limit_law(const crease_net *law, double limit, crease_net **limited,
                                  crease_error *error);

/* ---- regions (plane_regions.c, plane_rest.c) ---- */

typedef enum arm_plane_type {
    ARM_PLANE_FOCUS = 0, /* complex eigenvalues */
    ARM_PLANE_NODE,      /* real, of one sign */
    ARM_PLANE_SADDLE,    /* real, of both signs */
    ARM_PLANE_SATURATED, /* the law is constant */
    ARM_PLANE_CENTRE,    /* imaginary */
    ARM_PLANE_LINE,      /* an eigenvalue 0: a line of rest points, or none */
    ARM_PLANE_TYPES
} arm_plane_type;

typedef enum arm_plane_stability {
    ARM_PLANE_STABLE = 0,
    ARM_PLANE_MARGINAL,
    ARM_PLANE_UNSTABLE
} arm_plane_stability;

const char *arm_plane_type_name(arm_plane_type type);
const char *arm_plane_stability_name(arm_plane_stability stability);

typedef struct arm_plane_region {
    const crease_region *polygon; /* corners x, w counterclockwise; borrowed from the regions */
    double kp, kd, offset;
    double centre[2];     /* of the area */
    double most_torque;   /* largest |u| on it */
    double linearised_at; /* x: with gravity the eigenvalues are those at this angle */
    double re[2], im[2];  /* eigenvalues, larger real part first */
    arm_plane_type type;
    arm_plane_stability stability;
    /* where the region's own law would hold the arm at rest: x, or NaN where there is no such place or a
     * whole line of them; with gravity the one nearest to the centre */
    double rest;
    bool rest_inside; /* (rest, 0) lies in the region: a real equilibrium, else a virtual one */
} arm_plane_region;

typedef struct arm_plane {
    arm_plant plant; /* its gravity 0: the plant is linear */
    double reference;
    const crease_net *law;    /* inputs x, w; borrowed */
    crease_regions *regions;  /* owned */
    arm_plane_region *region; /* by the sides of the units, in the order of 0 (below its kink) and 1 */
    size_t count;
    size_t units;           /* with a kink */
    double low[2], high[2]; /* the box, as nearest doubles */
} arm_plane;

/* law: of arm_network_in_plane, borrowed. lower, upper: 2 each, the box of x and w, not flat. BAD_ARGUMENT
 * for a law that is not piecewise linear. A search that was ended early (regions->complete false) is no
 * error. */
crease_status arm_plane_new(const arm_plant *plant, const crease_net *law, double reference,
                            const crease_number *lower, const crease_number *upper,
                            const crease_regions_options *options, arm_plane **plane, crease_error *error);
void arm_plane_free(arm_plane *plane);

/* "0110..", a digit a unit with a kink, into text (units + 1 characters). */
void arm_plane_mask(const arm_plane *plane, size_t region, char *text);
/* Where the region's law holds the arm at rest, and whether that is in the region: fills rest and
 * rest_inside. */
void arm_plane_find_rest(const arm_plane *plane, arm_plane_region *region);
/* The region that (x, w) lies in, or on the border of; count when outside the box. */
size_t arm_plane_locate(const arm_plane *plane, const double s[2]);
/* Signed distance of (x, w) from the edge k of a region, positive inside, in coordinates divided by the
 * box's sides. */
double arm_plane_depth(const arm_plane *plane, const arm_plane_region *region, size_t k, const double s[2]);

/* ---- exact flow of the linear plant (plane_flow.c) ---- */

/* x'' = stiffness x + damping x' + push */
typedef struct arm_flow {
    double stiffness, damping, push;
} arm_flow;

arm_flow arm_plane_flow(const arm_plane *plane, const arm_plane_region *region);
/* The state t >= 0 later, by the closed form of the matrix exponential; to a few units in the last place
 * of the largest term. */
void arm_flow_at(const arm_flow *flow, double t, const double s[2], double to[2]);
/* Phi (2 x 2, row-major) and gamma (2) of s(t) = Phi s + push gamma. */
void arm_flow_matrix(const arm_flow *flow, double t, double phi[4], double gamma[2]);
/* The earliest t in (0, until] at which n . s(t) - d falls below 0, where it is not below 0 at the start,
 * or after it has risen from 0 there; infinity when it never does. */
double arm_flow_crossing(const arm_flow *flow, const double s[2], const double n[2], double d, double until);

/* ---- motions over the regions, without gravity (plane_motion.c) ---- */

typedef struct arm_crossing {
    double t, s[2];
    size_t from, to; /* regions; to == count: out of the box */
} arm_crossing;

typedef struct arm_plane_motion {
    double t, s[2]; /* where it ended */
    size_t region;  /* there; count outside the box */
    arm_crossing *crossing;
    size_t crossing_count;
} arm_plane_motion;

/* From s for `time` seconds, or until the box is left, with exact flows and crossings. BAD_ARGUMENT for a
 * start outside the box, a plant with gravity, and more than a million crossings. */
crease_status arm_plane_move(const arm_plane *plane, const double s[2], double time, arm_plane_motion *motion,
                             crease_error *error);
void arm_plane_motion_clear(arm_plane_motion *motion);
/* The state at a time of a motion that began at s. */
void arm_plane_motion_at(const arm_plane *plane, const arm_plane_motion *motion, const double start[2],
                         double t, double s[2]);

#endif
