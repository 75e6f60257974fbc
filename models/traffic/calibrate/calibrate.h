/* The inverse problem of the LWR model: the flow diagram with which front tracking reproduces what detectors count.
 *
 * The road goes from the first detector to the last. What is counted at the first wants to enter, and by the end of each
 * interval no more have left at the last than were counted there: a queue that comes from beyond is in that limit, and
 * traffic that moves freely is not held (Newell 1993, part III: the counts at both ends determine those between). Units:
 * km, h, veh/km/lane, veh/h/lane. */
#ifndef TRAFFIC_CALIBRATE_H
#define TRAFFIC_CALIBRATE_H

#include "traffic/lwr/lwr.h"
#include "traffic/traffic.h"

/* What `places` detectors counted in `intervals` equal intervals; all of one lane. Arrays are owned. */
typedef struct calibrate_data {
    size_t places, intervals; /* at least 3 and 2 */
    double start, step;       /* h */
    double *x;                /* km, ascending */
    double *flow;             /* intervals x places, veh/h */
    double
        *density; /* intervals x places, veh/km; NULL: not measured, and the road is taken as free at first */
    double *count; /* (intervals + 1) x places: vehicles since the start */
    size_t lanes;  /* whose mean this is */
} calibrate_data;

/* Rows of a table: time in h, place in km, flow in veh/h and, unless NULL, density in veh/km; `rows` of each, in any order.
 * Rows of one time and place are lanes and are added up; `lanes` > 1: the rows are totals of so many lanes. BAD_DATA where
 * a time, a place or a lane is missing: what was not counted cannot be told from nobody. */
crease_status calibrate_data_new(size_t rows, const double *time, const double *x, const double *flow,
                                 const double *density, size_t lanes, calibrate_data *data,
                                 crease_error *error);
void calibrate_data_clear(calibrate_data *data);

/* ---- the parameters ---- */

enum { CALIBRATE_MOST_PARAMETERS = 2 * TRAFFIC_MAX_KINKS + 1 };

/* A concave flux of m kinks that is 0 at density 0 and at the jam rho_j is, with c_i > 0 the drops of its slope,
 *     q(rho) = sum_i c_i (min(rho, k_i) - rho k_i / rho_j),
 * and every such sum is one. theta, 2 m + 1 numbers without bounds: log rho_j, then log c_i and logit(k_i / rho_j). */
void calibrate_theta(const traffic_diagram *diagram, double *theta);
/* False where a number overflows. Kinks ascend. */
bool calibrate_diagram(size_t kinks, const double *theta, traffic_diagram *diagram);
/* The diagram for front tracking: knots at 0, the kinks and the jam. */
crease_status calibrate_lwr_flux(const traffic_diagram *diagram, lwr_flux **flux, crease_error *error);
/* The same number of kinks from a flux of straight pieces. BAD_DATA unless it is concave with a jam density. */
crease_status calibrate_from_flux(const lwr_flux *flux, traffic_diagram *diagram, crease_error *error);
/* Exactly `kinks` kinks: the largest are split in two that lie close by. BAD_ARGUMENT when there are more already. */
crease_status calibrate_split(traffic_diagram *diagram, size_t kinks, crease_error *error);
/* Least squares of flow on density over the first `intervals` intervals. */
crease_status calibrate_diagram_fit(const calibrate_data *data, size_t intervals, size_t kinks, uint64_t seed,
                                    traffic_diagram *diagram, crease_error *error);

/* ---- the forward problem ---- */

/* What front tracking needs besides a flux. */
typedef struct calibrate_model calibrate_model;
crease_status calibrate_model_new(const calibrate_data *data, calibrate_model **model, crease_error *error);
void calibrate_model_free(calibrate_model *model);
/* Vehicles past each place at the end of the first `intervals` intervals: (intervals + 1) x places, from a row of 0. Data
 * of later intervals are not looked at. */
crease_status calibrate_predict(calibrate_model *model, const traffic_diagram *diagram, size_t intervals,
                                double *count, crease_error *error);

/* ---- the fit ---- */

typedef struct calibrate_options {
    size_t train;  /* intervals that are fitted; later ones are not looked at */
    size_t starts; /* at least 1: the given diagram, and others at random about it */
    uint64_t seed;
    bool (*interrupted)(void *context); /* may be NULL, as the next */
    void *context;
    void (*progress)(size_t done, size_t total, void *context);
    void *progress_context;
} calibrate_options;

typedef struct calibrate_result {
    traffic_diagram diagram;
    double loss;        /* half the sum of squared errors of the counts between the ends */
    size_t best_start;  /* 0: the given diagram */
    size_t evaluations; /* solutions by front tracking */
    double noise, step; /* calibrate_noise */
    bool interrupted;
    crease_stop stop;
} calibrate_result;

/* Least squares of the counts between the first place and the last, as many kinks as `start` has. */
crease_status calibrate_fit(const calibrate_data *data, const traffic_diagram *start,
                            const calibrate_options *options, calibrate_result *result, crease_error *error);

/* Noise of a count as a function of theta, veh, from differences, and the step of central differences that goes with it. */
crease_status calibrate_noise(const calibrate_data *data, size_t kinks, size_t train, const double *theta,
                              double *noise, double *step, crease_error *error);
/* d count / d theta by central differences of this step: rows are the places between the ends after interval 1, 2, ..
 * train, columns the 2 kinks + 1 parameters. */
crease_status calibrate_slopes(const calibrate_data *data, size_t kinks, size_t train, const double *theta,
                               double step, double *slope, crease_error *error);

/* ---- how good it is ---- */

/* Root mean square over the places between the ends and the intervals [from, to). */
typedef struct calibrate_score {
    double count; /* of vehicles since the start, veh */
    double flow;  /* of the flow of single intervals, veh/h */
} calibrate_score;
calibrate_score calibrate_compare(const calibrate_data *data, const double *count, size_t from, size_t to);

/* Counts between the ends on a straight line from those at the first place to those at the last: no flux at all. */
void calibrate_straight(const calibrate_data *data, double *count);

#endif
