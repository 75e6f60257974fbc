/* A Lyapunov function V = d'Pd, d = s - centre, for the continuous loop: on every region V' is a quadratic
 * function of s, whose largest value on a polygon is found exactly (corners, stationary points of edges
 * and of the interior) and bounded outward. Where V' < 0 on a box, no motion leaves an ellipse V <= level
 * inside it, and every motion in it ends at the centre.
 *
 * Without gravity the centre is the rest point of the region around it. With gravity the plant is not
 * piecewise affine: polygons are cut into slices of q, in which sin q lies between two parallel lines, so
 * V' lies below the larger of two quadratic functions; next to the centre sin q - sin q* is (cos q* +
 * theta) d with |theta| <= half the slice. */
#ifndef ARM_PLANE_LYAPUNOV_H
#define ARM_PLANE_LYAPUNOV_H

#include "arm/plane/plane.h"

/* ---- a quadratic function on a polygon (plane_quadratic.c) ---- */

/* q11 x^2 + 2 q12 x w + q22 w^2 + 2 (l1 x + l2 w); size: the same of the sizes of all terms that make
 * these numbers */
typedef struct arm_quadratic {
    double q[3], l[2];
    double size_q[3], size_l[2];
} arm_quadratic;

/* corner: count x 2, counterclockwise, each within 2^-50 reach (2) of the true one, whose size is at most
 * reach. *most: the largest value, *where (2); *above: no true value is larger. */
void arm_quadratic_most(const arm_quadratic *quadratic, const double *corner, size_t count,
                        const double reach[2], double *most, double *where, double *above);
/* Below 0 for certain at all (x, w) other than (0, 0) in the cone of the corners seen from there: of the
 * whole plane when `around`. The linear part is taken as 0. */
bool arm_quadratic_negative(const arm_quadratic *quadratic, const double *corner, size_t count, bool around);

/* ---- pieces (plane_pieces.c) ---- */

/* A part of a region, in d = s - centre, and w' = a1 x + a2 w + e there for two pairs of a1 and e: of any
 * d, one gives a V' at least as large as the true one. */
typedef struct arm_piece {
    double *corner; /* count x 2; owned */
    size_t count, region;
    double reach[2]; /* as of arm_quadratic_most */
    double a1[2], a2, e[2];
    double size_a1, size_a2, size_e; /* sums of the sizes of their terms */
    bool home;   /* e is 0 and the centre is in it, or on its border: V' is a quadratic form */
    bool around; /* the centre is not a corner of it */
} arm_piece;

typedef struct arm_pieces {
    const arm_plane *plane; /* borrowed */
    double centre[2];
    arm_piece *piece;
    size_t count;
    bool has_home;
} arm_pieces;

/* The pieces of a plane around its real rest point nearest to x = 0; `slice`: width in q, with gravity.
 * BAD_ARGUMENT when the plane has no rest point, or one so near to the border of its region that doubles
 * cannot tell the side. */
crease_status arm_pieces_new(const arm_plane *plane, double slice, arm_pieces **pieces, crease_error *error);
void arm_pieces_free(arm_pieces *pieces);
/* Parts of a convex polygon (count x 2) in from <= coordinate `axis` <= to, into `kept` (room for count +
 * 2 of them); their number. */
size_t arm_clip(const double *corner, size_t count, size_t axis, double from, double to, double *kept);

/* ---- certificates (plane_lyapunov.c) ---- */

typedef struct arm_certificate {
    double p[3]; /* p11, p12, p22 */
    double centre[2];
    double low[2], high[2]; /* the box, in s */
    bool proved;            /* V' < 0 on the box but at the centre */
    double above;           /* where it is no quadratic form around the centre, V' is at most this */
    double most, worst[2];  /* the largest V' found there, and where (s) */
    bool refuted;           /* V' >= 0 at `worst` for certain */
    double level;           /* V <= level lies in the box; 0 unless proved */
    double extent[2];       /* of that ellipse from its centre */
} arm_certificate;

/* Judges V on the box centre + scale [low, high] of the plane's own low and high taken as distances, low <
 * 0 < high; scale <= 1. */
void arm_lyapunov_judge(const arm_pieces *pieces, const double p[3], double scale,
                        arm_certificate *certificate);
/* Judges V on the box [low, high] in s: proved only where it holds the centre inside and lies in the plane. */
void arm_lyapunov_judge_box(const arm_pieces *pieces, const double p[3], const double low[2],
                            const double high[2], arm_certificate *certificate);
/* The largest scale in (0, 1] at which V is proved, to 1e-9 of it; 0 when none is. */
double arm_lyapunov_largest(const arm_pieces *pieces, const double p[3]);

/* P of A'P + PA = -diag(1, weight) with A of the region around the centre, scaled so that (P^{-1})_22 = 1.
 * False when the region is not stable. */
bool arm_lyapunov_equation(const arm_pieces *pieces, double weight, double p[3]);

/* P with the largest scale, by the simplex of Nelder & Mead over its two free numbers, from several starts
 * (plane_tune.c). */
crease_status arm_lyapunov_tune(const arm_pieces *pieces, double p[3], double *scale,
                                bool (*interrupted)(void *), crease_error *error);

/* V and V' at s, by the law itself; V' may be NULL. */
double arm_lyapunov_value(const arm_pieces *pieces, const double p[3], const double s[2], double *rate);

#endif
