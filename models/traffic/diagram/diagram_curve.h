/* Diagrams with one speed scale and one density scale: q(rho) = vf rho u(rho/R; p), u(0) = 1, up to two
 * shapes p, and the search that fits them. Internal to models/traffic. */
#ifndef TRAFFIC_DIAGRAM_CURVE_H
#define TRAFFIC_DIAGRAM_CURVE_H

#include "traffic/traffic.h"

enum { CURVE_MOST_SHAPES = 2 };

typedef struct traffic_curve {
    const char *model;
    traffic_family family;
    size_t shapes;
    bool share[CURVE_MOST_SHAPES];      /* the shape lies in (0, 1); otherwise above 0 */
    double low[CURVE_MOST_SHAPES + 1];  /* where the search begins: the shapes, then R as a share of the */
    double high[CURVE_MOST_SHAPES + 1]; /* largest density */
    bool has_jam;                       /* R is the jam density */
    bool bends;                         /* u has kinks */
} traffic_curve;

/* u and its derivatives in x = rho/R and in the shapes, for x > 0. */
typedef struct curve_value {
    double u, x, shape[CURVE_MOST_SHAPES];
} curve_value;

const traffic_curve *traffic_curve_find(const char *model); /* NULL: none of that name */
curve_value traffic_curve_value(traffic_family family, const double *shape, double x);

/* Sorted rows, ties pooled to their weighted mean: for every function of density the loss is that of the
 * rows less a constant. Rows at density 0 and of weight 0 are left out. Freed by traffic_places_clear. */
typedef struct traffic_places {
    size_t n;
    double *density, *flow, *weight;
} traffic_places;

/* order: n indices that put the densities in ascending order; one pass where they are, as resamples are. */
void traffic_order(size_t n, const double *density, size_t *order);

crease_status traffic_places_new(const traffic_data *data, traffic_places *places, crease_error *error);
void traffic_places_clear(traffic_places *places);

/* Least squares by flow. jam_density: imposed, or NaN; of models without one it must be NaN. start: a fit of
 * similar data from which one descent begins, or NULL for the search of the whole range. */
crease_status traffic_fit_curve(const traffic_curve *curve, const traffic_data *data, double jam_density,
                                const traffic_diagram *start, traffic_diagram *diagram, crease_error *error);

/* physical:kinks through (jam_density, 0). */
crease_status traffic_fit_imposed(const traffic_data *data, size_t kinks, double jam_density,
                                  const traffic_diagram *start, traffic_diagram *diagram,
                                  crease_error *error);

/* physical:kinks near another fit. */
crease_status traffic_refit_physical(const traffic_data *data, size_t kinks, const traffic_diagram *start,
                                     traffic_diagram *diagram, crease_error *error);

/* Capacity, where it is reached and the wave speed of a curve; other fields are left alone. */
void traffic_curve_audit(const traffic_diagram *diagram, traffic_audit *audit);

#endif
