/* With w' = a1 x + a2 w + e on a piece, in d = s - centre,
 *
 *   V'/2 = (p11 x + p12 w) w + (p12 x + p22 w) w':  Q = [2 p12 a1, p11 + p12 a2 + p22 a1; ., 2 p12 + 2 p22 a2],  l = e (p12, p22)
 *
 * A motion in an ellipse V <= level inside the box cannot leave it, as V falls; since V' < 0 but at the
 * centre it ends there. */
#include "arm/plane/plane_lyapunov.h"
#include <gsl/gsl_math.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CORNERS = 64 };

static arm_quadratic rate_of(const arm_piece *piece, const double p[3], size_t which) {
    double a1 = piece->a1[which], a2 = piece->a2, e = piece->e[which];
    double c = fabs(p[1]), sa = piece->size_a1, sb = piece->size_a2;
    return (arm_quadratic){.q = {2 * p[1] * a1, p[0] + p[1] * a2 + p[2] * a1, 2 * (p[1] + p[2] * a2)},
                           .l = {p[1] * e, p[2] * e},
                           .size_q = {2 * c * sa, p[0] + c * sb + p[2] * sa, 2 * (c + p[2] * sb)},
                           .size_l = {c * piece->size_e, p[2] * piece->size_e}};
}

typedef struct judgement {
    double above, most, where[2];
    bool home_failed;
    double home_where[2];
} judgement;

/* Where V' of a home piece is not below 0: the worst of its corners' directions and of the circle. */
static void note_home(const arm_piece *piece, const arm_quadratic *f, const double *corner, size_t count,
                      judgement *j) {
    double above, most, where[2];
    arm_quadratic_most(f, corner, count, piece->reach, &most, where, &above);
    j->home_failed = true;
    if (most > j->most || (where[0] == 0 && where[1] == 0)) {
        j->most = fmax(most, j->most);
        memcpy(j->home_where, where, sizeof where);
        memcpy(j->where, where, sizeof where);
    }
}

static void judge_piece(const arm_piece *piece, const double p[3], const double *corner, size_t count,
                        judgement *j) {
    for (size_t k = 0; k < 2; k++) {
        arm_quadratic f = rate_of(piece, p, k);
        double above, most, where[2];
        if (piece->home) {
            if (!arm_quadratic_negative(&f, corner, count, piece->around))
                note_home(piece, &f, corner, count, j);
        } else {
            arm_quadratic_most(&f, corner, count, piece->reach, &most, where, &above);
            j->above = fmax(j->above, above);
            if (most > j->most) {
                j->most = most;
                memcpy(j->where, where, sizeof where);
            }
        }
        if (piece->a1[0] == piece->a1[1] && piece->e[0] == piece->e[1])
            break;
    }
}

/* The part of a piece in the box, in `clipped` (room for count + 4); its corners. */
static size_t clip_to_box(const arm_piece *piece, const double low[2], const double high[2], double *clipped,
                          double *room) {
    size_t n = arm_clip(piece->corner, piece->count, 0, low[0], high[0], room);
    return arm_clip(room, n, 1, low[1], high[1], clipped);
}

static bool judge_in_box(const arm_pieces *pieces, size_t i, const double p[3], const double low[2],
                         const double high[2], judgement *j) {
    const arm_piece *piece = &pieces->piece[i];
    double small[2][2 * CORNERS], *clipped = small[0], *room = small[1], *large = NULL;
    if (piece->count + 8 > CORNERS) {
        large = malloc(4 * (piece->count + 8) * sizeof *large);
        if (!large)
            return false;
        clipped = large;
        room = large + 2 * (piece->count + 8);
    }
    size_t n = clip_to_box(piece, low, high, clipped, room);
    if (n >= 3)
        judge_piece(piece, p, clipped, n, j);
    free(large);
    return true;
}

static void box_of(const arm_pieces *pieces, double scale, double low[2], double high[2]) {
    for (size_t k = 0; k < 2; k++) {
        low[k] = scale * pieces->plane->low[k];
        high[k] = scale * pieces->plane->high[k];
    }
}

/* The largest scale at which the box around the centre still lies in the plane that was cut into pieces. */
static double widest_scale(const arm_pieces *pieces) {
    double scale = 1;
    for (size_t k = 0; k < 2; k++) {
        double centre = pieces->centre[k];
        double taken = fmax(centre / pieces->plane->high[k], centre / pieces->plane->low[k]);
        if (centre != 0)
            scale = fmin(scale, (1 - taken) * (1 - 1e-12));
    }
    return scale;
}

static void find_level(const double p[3], const double low[2], const double high[2],
                       arm_certificate *certificate) {
    double det = p[0] * p[2] - p[1] * p[1], inverse[2] = {p[2] / det, p[0] / det};
    double level = HUGE_VAL;
    for (size_t k = 0; k < 2; k++) {
        double half = fmin(-low[k], high[k]);
        level = fmin(level, half * half / inverse[k]);
    }
    certificate->level = level * (1 - 1e-12);
    for (size_t k = 0; k < 2; k++)
        certificate->extent[k] = sqrt(certificate->level * inverse[k]);
}

static bool positive_definite(const double p[3]) {
    return isfinite(p[0]) && isfinite(p[1]) && isfinite(p[2]) && p[0] > 0 && p[2] > 0 &&
           p[0] * p[2] - p[1] * p[1] > 1e-12 * p[0] * p[2];
}

/* low, high: from the centre. `inside`: in the plane that was cut. */
static void judge_box(const arm_pieces *pieces, const double p[3], const double low[2], const double high[2],
                      bool inside, arm_certificate *certificate) {
    judgement j = {.above = -HUGE_VAL, .most = -HUGE_VAL};
    bool whole = inside && pieces->has_home && positive_definite(p) && low[0] < 0 && high[0] > 0 &&
                 low[1] < 0 && high[1] > 0;
    for (size_t i = 0; i < pieces->count; i++)
        whole = judge_in_box(pieces, i, p, low, high, &j) && whole;
    *certificate = (arm_certificate){.p = {p[0], p[1], p[2]}, .above = j.above, .most = j.most};
    for (size_t k = 0; k < 2; k++) {
        certificate->centre[k] = pieces->centre[k];
        certificate->low[k] = pieces->centre[k] + low[k];
        certificate->high[k] = pieces->centre[k] + high[k];
        certificate->worst[k] = pieces->centre[k] + j.where[k];
    }
    certificate->proved = whole && !j.home_failed && j.above < 0;
    if (certificate->proved)
        find_level(p, low, high, certificate);
    else if (positive_definite(p)) {
        double rate;
        arm_lyapunov_value(pieces, p, certificate->worst, &rate);
        double distance = fabs(j.where[0]) + fabs(j.where[1]);
        /* what is gained by rounding is far smaller than this share of the largest terms */
        double size = (p[0] + fabs(p[1]) + p[2]) * distance *
                      (1 + fabs(certificate->worst[1]) + fabs(certificate->worst[0])) * 1e3;
        certificate->refuted = distance > 0 && rate > 1e-10 * size;
    }
}

void arm_lyapunov_judge(const arm_pieces *pieces, const double p[3], double scale,
                        arm_certificate *certificate) {
    double low[2], high[2];
    box_of(pieces, scale, low, high);
    judge_box(pieces, p, low, high, scale <= widest_scale(pieces), certificate);
}

void arm_lyapunov_judge_box(const arm_pieces *pieces, const double p[3], const double low[2],
                            const double high[2], arm_certificate *certificate) {
    const arm_plane *plane = pieces->plane;
    double from[2], to[2];
    bool inside = true;
    for (size_t k = 0; k < 2; k++) { /* outward, as the centre is rounded */
        double centre = pieces->centre[k];
        from[k] = centre == 0 ? low[k] : nextafter(low[k] - centre, -HUGE_VAL);
        to[k] = centre == 0 ? high[k] : nextafter(high[k] - centre, HUGE_VAL);
        inside = inside && low[k] >= plane->low[k] && high[k] <= plane->high[k];
    }
    judge_box(pieces, p, from, to, inside, certificate);
    memcpy(certificate->low, low, sizeof certificate->low);
    memcpy(certificate->high, high, sizeof certificate->high);
}

static bool proves(const arm_pieces *pieces, size_t i, const double p[3], double scale) {
    double low[2], high[2];
    judgement j = {.above = -HUGE_VAL, .most = -HUGE_VAL};
    box_of(pieces, scale, low, high);
    return judge_in_box(pieces, i, p, low, high, &j) && !j.home_failed && j.above < 0;
}

/* One piece after the other takes its share off the scale, which most leave as it is. */
double arm_lyapunov_largest(const arm_pieces *pieces, const double p[3]) {
    const arm_plane *plane = pieces->plane;
    bool around = plane->low[0] < 0 && plane->high[0] > 0 && plane->low[1] < 0 && plane->high[1] > 0;
    double scale = positive_definite(p) && pieces->has_home && around ? widest_scale(pieces) : 0;
    /* a home piece that fails fails in every box */
    for (size_t i = 0; i < pieces->count && scale > 0; i++)
        if (pieces->piece[i].home && !proves(pieces, i, p, 1))
            scale = 0;
    for (size_t i = 0; i < pieces->count && scale > 1e-12; i++) {
        if (pieces->piece[i].home || proves(pieces, i, p, scale))
            continue;
        double lo = 0, hi = scale;
        while (hi - lo > 1e-10 * hi && hi > 1e-12) {
            double middle = lo > 0 ? (lo + hi) / 2 : hi / 4;
            if (proves(pieces, i, p, middle))
                lo = middle;
            else
                hi = middle;
        }
        scale = lo;
    }
    return scale > 1e-12 ? scale : 0;
}

bool arm_lyapunov_equation(const arm_pieces *pieces, double weight, double p[3]) {
    for (size_t i = 0; i < pieces->count; i++) {
        const arm_piece *piece = &pieces->piece[i];
        double k = -(piece->a1[0] + piece->a1[1]) / 2, d = -piece->a2;
        if (!piece->home || !(k > 0 && d > 0))
            continue;
        /* -2 k p12 = -1, p11 - d p12 - k p22 = 0, 2 p12 - 2 d p22 = -weight */
        p[1] = 1 / (2 * k);
        p[2] = (weight + 2 * p[1]) / (2 * d);
        p[0] = d * p[1] + k * p[2];
        double scale = p[0] / (p[0] * p[2] - p[1] * p[1]);
        for (size_t j = 0; j < 3; j++)
            p[j] *= scale;
        return true;
    }
    return false;
}

double arm_lyapunov_value(const arm_pieces *pieces, const double p[3], const double s[2], double *rate) {
    const arm_plane *plane = pieces->plane;
    double x = s[0] - pieces->centre[0], w = s[1] - pieces->centre[1];
    if (rate) {
        size_t at = arm_plane_locate(plane, s);
        *rate = NAN;
        if (at < plane->count) {
            const arm_plane_region *r = &plane->region[at];
            double u = -r->kp * s[0] - r->kd * s[1] + r->offset;
            double pull =
                (u - plane->plant.friction * s[1] - plane->plant.gravity * sin(plane->reference + s[0])) /
                plane->plant.inertia;
            *rate = 2 * ((p[0] * x + p[1] * w) * s[1] + (p[1] * x + p[2] * w) * pull);
        }
    }
    return p[0] * x * x + 2 * p[1] * x * w + p[2] * w * w;
}
