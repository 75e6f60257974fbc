/* A driver made of ReLUs: the speed that the spacing s to the car in front allows is
 *   V(s) = relu((s - sj) / Tg) - relu((s - sj) / Tg - vmax),
 * with two kinks, where a car starts to move and where it reaches its free speed. First order: x' = V(s) (Newell 2002),
 * whose diagram is the triangular one; second order: v' = (V(s) - v) / tau (Bando et al. 1995, optimal velocity).
 * And the linear theory of both on a ring. Units: m, s, m/s. */
#ifndef TRAFFIC_FOLLOW_H
#define TRAFFIC_FOLLOW_H

#include "crease/status.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct follow_law {
    int order;         /* 1 or 2 */
    double gap_time;   /* Tg > 0 */
    double standstill; /* sj > 0: spacing, front to front, at which a car stands */
    double speed;      /* vmax > 0 */
    double tau;        /* of order 2, > 0 */
} follow_law;

/* BAD_ARGUMENT for numbers out of range. */
crease_status follow_check(const follow_law *law, crease_error *error);
double follow_speed(const follow_law *law, double spacing);
/* V'(s): 1 / Tg between the kinks, else 0; at a kink the side between them counts. */
double follow_slope(const follow_law *law, double spacing);
/* Spacing from which the free speed is driven: sj + Tg vmax. */
double follow_free_spacing(const follow_law *law);
/* The triangular diagram q = min(vmax rho, (1 - sj rho) / Tg) that uniform flow has; rho in 1/m, q in 1/s. */
double follow_flow(const follow_law *law, double density);

/* The roots of tau l^2 + l + V' (1 - e^{ik}) = 0, k = 2 pi mode / vehicles, for small waves e^{lt + ikj} of car j (in
 * front of it j + 1): root[0] is the one of the larger growth. Order 1 has one root. Returns how many. */
typedef struct follow_root {
    double growth;    /* 1/s */
    double frequency; /* rad/s */
} follow_root;
int follow_roots(const follow_law *law, double slope, size_t vehicles, size_t mode, follow_root root[2]);

/* tau at which the longest wave of a ring neither grows nor fades: Tg / (1 + cos(2 pi / N)); below it uniform flow is
 * stable. INFINITY where it always is: order 1, slope 0, fewer than 3 vehicles. */
double follow_critical_tau(const follow_law *law, double slope, size_t vehicles);

typedef struct follow_stability {
    size_t fastest_mode; /* of 1 .. N / 2; the first of equals, 0 for one vehicle */
    double growth;       /* of that mode, 1/s */
    double critical_tau;
    bool stable; /* no mode grows */
} follow_stability;
follow_stability follow_stability_of(const follow_law *law, double slope, size_t vehicles);

#endif
