/* On a region, with d = s - centre, J w' = -Kp d1 - (b + Kd) d2 + (offset - Kp c1) - G sin(q). On a slice
 * da <= d1 <= db, with the chord through its ends, sin q = alpha d1 + beta + delta, and delta = sin(xi)
 * (d1 - da) (db - d1) / 2 for some xi between them: so delta lies between min(0, least sine) and max(0,
 * largest sine), times (db - da)^2 / 8. */
#include "arm/plane/plane_lyapunov.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PIECES = 1000000 };

size_t arm_clip(const double *corner, size_t count, size_t axis, double from, double to, double *kept) {
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const double *p = corner + 2 * i, *q = corner + 2 * ((i + 1) % count);
        double a = p[axis], b = q[axis];
        if (a >= from && a <= to) {
            memcpy(kept + 2 * n, p, 2 * sizeof *p);
            n++;
        }
        /* the bounds in the order in which the edge meets them */
        const double bound[2] = {a < b ? from : to, a < b ? to : from};
        for (size_t k = 0; k < 2; k++)
            if ((a < bound[k] && b > bound[k]) || (a > bound[k] && b < bound[k])) {
                double share = (bound[k] - a) / (b - a);
                kept[2 * n + axis] = bound[k];
                kept[2 * n + 1 - axis] = p[1 - axis] + share * (q[1 - axis] - p[1 - axis]);
                n++;
            }
    }
    return n;
}

void arm_pieces_free(arm_pieces *pieces) {
    if (!pieces)
        return;
    for (size_t i = 0; i < pieces->count; i++)
        free(pieces->piece[i].corner);
    free(pieces->piece);
    free(pieces);
}

/* ---- the centre ---- */

static double depth_in(const arm_plane *plane, const arm_plane_region *region, const double *s) {
    double depth = HUGE_VAL;
    for (size_t k = 0; k < region->polygon->vertex_count; k++)
        depth = fmin(depth, arm_plane_depth(plane, region, k, s));
    return depth;
}

/* The law does nothing at (0, 0), exactly, and nothing pulls there. */
static bool rests_at_zero(const arm_plane *plane, const arm_plane_region *region) {
    return region->offset == 0 && (plane->plant.gravity == 0 || plane->reference == 0);
}

static crease_status find_centre(const arm_plane *plane, double centre[2], crease_error *error) {
    const arm_plane_region *best = NULL;
    centre[1] = 0;
    for (size_t i = 0; i < plane->count; i++) {
        const arm_plane_region *region = &plane->region[i];
        if (region->rest_inside && (!best || fabs(region->rest) < fabs(best->rest)))
            best = region;
        if (rests_at_zero(plane, region) && depth_in(plane, region, (const double[2]){0, 0}) >= 0) {
            centre[0] = 0;
            return CREASE_OK;
        }
    }
    if (!best)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "nowhere in the box does the law hold the arm at rest, so there is nothing for it "
                           "to be stable about; take a larger box, or another law");
    centre[0] = best->rest;
    if (depth_in(plane, best, centre) > 1e-9)
        return CREASE_OK;
    return crease_fail(error, CREASE_BAD_ARGUMENT,
                       "the rest point at x = %.9g rad lies on the border of its region, or too near to it "
                       "for doubles to tell; move the reference a little",
                       centre[0]);
}

/* ---- pieces ---- */

static void lay(const arm_pieces *pieces, const arm_plane_region *region, arm_piece *piece) {
    const arm_plant *plant = &pieces->plane->plant;
    double J = plant->inertia, c1 = pieces->centre[0];
    piece->a2 = -(plant->friction + region->kd) / J;
    piece->size_a2 = (fabs(plant->friction) + fabs(region->kd)) / J;
    for (size_t k = 0; k < 2; k++) {
        piece->a1[k] = -region->kp / J;
        piece->e[k] = (region->offset - region->kp * c1) / J;
    }
    piece->size_a1 = fabs(region->kp) / J;
    piece->size_e = (fabs(region->offset) + fabs(region->kp * c1)) / J;
}

/* Gravity on da <= d1 <= db. */
static void lay_gravity(const arm_pieces *pieces, double da, double db, bool centre, arm_piece *piece) {
    double pull = pieces->plane->plant.gravity / pieces->plane->plant.inertia;
    double rest = pieces->plane->reference + pieces->centre[0], width = db - da;
    if (centre) {
        double theta = fmax(fabs(da), fabs(db)) / 2;
        for (size_t k = 0; k < 2; k++) {
            piece->a1[k] -= pull * (cos(rest) + (k == 0 ? theta : -theta));
            piece->e[k] -= pull * sin(rest);
        }
    } else {
        double sa = sin(rest + da), sb = sin(rest + db), alpha = (sb - sa) / width, beta = sa - alpha * da;
        double over = width * width / 8; /* no sine between is farther than this from those at the ends */
        double delta[2] = {fmin(0, fmin(sa, sb) - over) * over, fmax(0, fmax(sa, sb) + over) * over};
        for (size_t k = 0; k < 2; k++) {
            piece->a1[k] -= pull * alpha;
            piece->e[k] -= pull * (beta + delta[k]);
        }
    }
    double angle = fabs(pieces->plane->reference) + fabs(pieces->centre[0]) + fmax(fabs(da), fabs(db));
    piece->size_a1 += fabs(pull) * 4 / width; /* alpha is a quotient of rounded differences */
    piece->size_e += fabs(pull) * (4 + 4 * angle) * (1 + fmax(fabs(da), fabs(db)) / width);
}

static crease_status add_piece(arm_pieces *pieces, size_t index, const double *corner, size_t count,
                               const double reach[2], arm_piece **added, crease_error *error) {
    size_t n = pieces->count;
    if (n == MOST_PIECES)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "more than a million pieces; take a smaller box or wider slices");
    if ((n & (n - 1)) == 0) { /* room doubles at powers of two */
        arm_piece *grown = realloc(pieces->piece, (n ? 2 * n : 1) * sizeof *grown);
        if (!grown)
            return crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu pieces", 2 * n);
        pieces->piece = grown;
    }
    arm_piece *piece = &pieces->piece[n];
    *piece = (arm_piece){.corner = malloc(2 * count * sizeof *corner),
                         .count = count,
                         .region = index,
                         .reach = {reach[0], reach[1]},
                         .around = true};
    if (!piece->corner)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for a piece");
    memcpy(piece->corner, corner, 2 * count * sizeof *corner);
    for (size_t i = 0; i < count; i++)
        piece->around = piece->around && (corner[2 * i] != 0 || corner[2 * i + 1] != 0);
    pieces->count++;
    *added = piece;
    return CREASE_OK;
}

/* The centre is inside a region, or on the border of ones where e is 0 exactly. */
static bool is_home(const arm_pieces *pieces, const arm_plane_region *region) {
    double depth = depth_in(pieces->plane, region, pieces->centre);
    return depth > 1e-9 || (depth > -1e-12 && pieces->centre[0] == 0 && rests_at_zero(pieces->plane, region));
}

/* One slice of a region; corner: its polygon around the centre. */
static crease_status add_slice(arm_pieces *pieces, size_t index, const double *corner, size_t count,
                               const double reach[2], double da, double db, double *kept,
                               crease_error *error) {
    const arm_plane_region *region = &pieces->plane->region[index];
    bool gravity = pieces->plane->plant.gravity != 0, centre = !gravity || (da < 0 && db > 0);
    size_t n = gravity ? arm_clip(corner, count, 0, da, db, kept) : count;
    if (n < 3)
        return CREASE_OK;
    arm_piece *piece = NULL;
    crease_status status = add_piece(pieces, index, gravity ? kept : corner, n, reach, &piece, error);
    if (status != CREASE_OK)
        return status;
    lay(pieces, region, piece);
    if (gravity)
        lay_gravity(pieces, da, db, centre, piece);
    piece->home = centre && is_home(pieces, region);
    if (piece->home) {
        piece->e[0] = piece->e[1] = piece->size_e = 0;
        pieces->has_home = true;
    }
    return CREASE_OK;
}

static crease_status add_region(arm_pieces *pieces, size_t index, double slice, crease_error *error) {
    const crease_region *polygon = pieces->plane->region[index].polygon;
    size_t count = polygon->vertex_count;
    double *corner = malloc((2 * count + 2 * (count + 2)) * sizeof *corner), *kept = corner + 2 * count;
    if (!corner)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for the pieces of a region");
    double reach[2] = {0, 0}, low = HUGE_VAL, high = -HUGE_VAL;
    for (size_t i = 0; i < 2 * count; i++) {
        size_t k = i % 2;
        corner[i] = polygon->vertex[i] - pieces->centre[k];
        reach[k] = fmax(reach[k], fabs(polygon->vertex[i]) + fabs(pieces->centre[k]));
        if (k == 0) {
            low = fmin(low, corner[i]);
            high = fmax(high, corner[i]);
        }
    }
    crease_status status = CREASE_OK;
    if (pieces->plane->plant.gravity == 0)
        status = add_slice(pieces, index, corner, count, reach, low, high, kept, error);
    else
        /* slices from -slice/2 + i slice on: the middle one is around the centre */
        for (double i = floor(low / slice + 0.5); (i - 0.5) * slice < high && status == CREASE_OK; i++)
            status = add_slice(pieces, index, corner, count, reach, (i - 0.5) * slice, (i + 0.5) * slice,
                               kept, error);
    free(corner);
    return status;
}

crease_status arm_pieces_new(const arm_plane *plane, double slice, arm_pieces **result, crease_error *error) {
    *result = NULL;
    if (!plane->regions->complete)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "the regions of the law are not all known");
    if (!(slice > 0))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "slices have a width above 0");
    arm_pieces *pieces = calloc(1, sizeof *pieces);
    if (!pieces)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for the pieces of the plane");
    pieces->plane = plane;
    crease_status status = find_centre(plane, pieces->centre, error);
    for (size_t i = 0; i < plane->count && status == CREASE_OK; i++)
        status = add_region(pieces, i, slice, error);
    if (status == CREASE_OK)
        *result = pieces;
    else
        arm_pieces_free(pieces);
    return status;
}
