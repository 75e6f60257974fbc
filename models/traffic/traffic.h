/* Fundamental diagrams of traffic: flow q as a function of density rho.
 *
 * Units are those of the data: density veh/km (or veh/mile), flow veh/h, speeds km/h (or mile/h), one lane.
 *   Greenshields     q = vf rho (1 - rho/rho_j), 0 beyond rho_j (Greenshields 1935)
 *   physical:m       q = relu(vf rho - sum_i c_i relu(rho - k_i)), vf >= 0, c_i >= 0, m kinks k_i
 *   triangular       the same with one kink: min(vf rho, w (rho_j - rho)) (Newell 1993, Daganzo 1994)
 *   trapezoidal      the same with two: min(vf rho, C, w (rho_j - rho))
 *   Smulders         q = rho (vf - a rho) up to rho_c, then w (rho_j - rho), continuous (Smulders 1990)
 *   Newell-Franklin  q = rho vf (1 - exp(-(w/vf) (rho_j/rho - 1))) (Newell 1961, Franklin 1961)
 *   van Aerde        1/rho = c1 + c2/(vf - v) + c3 v (van Aerde 1995)
 *   Underwood, Drake q = rho vf exp(-rho/r0), rho vf exp(-(rho/r0)^2/2) (1961, 1967): no finite jam density
 *   S3               q = rho vf / (1 + (rho/rho_c)^m)^(2/m) (Cheng et al. 2021): no finite jam density
 * Every diagram has q(0) = 0 and never falls below 0, physical ones are concave where they are positive;
 * Underwood, Drake and S3 have a convex tail. Below density 0 each diagram is 0. Networks are the crease_net of crease/net.h with one input (density) and one output
 * (flow). */
#ifndef TRAFFIC_H
#define TRAFFIC_H

#include "crease/fit.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { TRAFFIC_MAX_KINKS = 12 };

/* Triangular and trapezoidal fits come as TRAFFIC_PHYSICAL, with one and two kinks. */
typedef enum traffic_family {
    TRAFFIC_GREENSHIELDS = 0,
    TRAFFIC_PHYSICAL,
    TRAFFIC_TRIANGULAR,
    TRAFFIC_TRAPEZOIDAL,
    TRAFFIC_SMULDERS,
    TRAFFIC_NEWELL_FRANKLIN,
    TRAFFIC_VAN_AERDE,
    TRAFFIC_UNDERWOOD,
    TRAFFIC_DRAKE,
    TRAFFIC_S3
} traffic_family;

typedef struct traffic_diagram {
    traffic_family family;
    double free_speed;  /* vf, the slope at density 0+ */
    double jam_density; /* all but physical; INFINITY when the flow never bends down or reaches 0 nowhere */
    /* All but Greenshields and physical: the density scale R (rho_j, or r0, or the rho_c of S3) and the shapes:
     * Smulders a rho_c/vf, rho_c/rho_j; Newell-Franklin w/vf; van Aerde c2 rho_j/vf, c3 vf rho_j; S3 m. */
    double scale, shape[2];
    size_t kinks;                         /* physical alone: kinks with c_i > 0 */
    double kink[TRAFFIC_MAX_KINKS];       /* k_1 < k_2 < ... */
    double slope_drop[TRAFFIC_MAX_KINKS]; /* c_i */
} traffic_diagram;

double traffic_diagram_flow(const traffic_diagram *diagram, double density);

/* ---- fitting ---- */

/* Observations; arrays of n values, borrowed, in any order. weight: >= 0, NULL for equal weights. */
typedef struct traffic_data {
    size_t n;
    const double *density, *flow, *weight;
} traffic_data;

/* Weights that give sparse densities their share (Qu, Wang & Zhang 2015): with the densities sorted, half the
 * distance between the neighbours of a density (at both ends: the distance to the one neighbour), shared by
 * the rows tied at it. All equal densities: all weights 1. `weight`: n values, out. */
crease_status traffic_qu_weights(size_t n, const double *density, double *weight, crease_error *error);

/* Weights with which a fit by flow is a fit by speed: (v - q(rho)/rho)^2 = (rho v - q(rho))^2 / rho^2. Rows
 * without density have no speed and get 0. `weight` holds the weights of the speeds on entry. */
void traffic_speed_weights(size_t n, const double *density, double *weight);

/* Least squares by flow, exact: the flow is 0 beyond the jam, so every set of rows that may lie below it is
 * tried. */
crease_status traffic_fit_greenshields(const traffic_data *data, traffic_diagram *diagram,
                                       crease_error *error);

/* Ordinary weighted regression line of speed on density, as the literature fits it: v = vf - (vf/rho_j) rho,
 * without the clamp at 0. `data` holds flow = density * speed and the weights of the speeds (not those of
 * speed_weights). */
crease_status traffic_fit_greenshields_by_speed(const traffic_data *data, traffic_diagram *diagram,
                                                crease_error *error);

/* Least squares of physical:m: kinks searched outside, the slopes by non-negative least squares inside.
 * kinks: 1..TRAFFIC_MAX_KINKS; fewer may come back where more do not help. One and two kinks are searched
 * over all pairs of a grid, more by exchange from several starts drawn from `seed`, then polished between the
 * data. */
crease_status traffic_fit_physical(const traffic_data *data, size_t kinks, uint64_t seed,
                                   traffic_diagram *diagram, crease_error *error);

/* One fit by name: a diagram (see traffic_model_check), by flow or by speed. `flow` carries the weights of
 * flows, `speed_weight` (n values, or NULL for equal ones) those of speeds, used by Greenshields by speed
 * alone. jam_density: imposed where the model has one, 0 or NaN: free. start: NULL, or a fit of the same model
 * to similar data: then the search is local. */
crease_status traffic_fit_model(const char *model, const traffic_data *flow, const double *speed_weight,
                                bool by_speed, double jam_density, uint64_t seed,
                                const traffic_diagram *start, traffic_diagram *diagram, crease_error *error);

/* False for networks, and for Underwood, Drake and S3, whose flow is zero at no finite density. */
bool traffic_model_has_jam(const char *model);
/* Free parameters of a diagram by name; 0: a network. */
size_t traffic_model_parameters(const char *model);

/* Weighted mean square of flow residuals of predictions (n values). */
double traffic_mean_square(const traffic_data *data, const double *prediction);

/* Least weighted mean square that any diagram can have whose speed q/rho never rises with density: isotonic
 * regression by pooling adjacent violators (Ayer et al. 1955). Rows at density <= 0 are predicted 0. */
crease_status traffic_isotonic_bound(const traffic_data *data, double *mean_square, crease_error *error);

/* ---- what a fitted curve says ---- */

/* Quantities of a flow curve. One that does not exist is NaN and has a sentence (static text) in its `why`.
 */
typedef struct traffic_audit {
    double free_speed; /* slope at the low-density end: at 0+ for diagrams, at the least density observed for
                          networks, which need not pass through (0, 0) */
    double flow_at_zero;     /* prediction at density 0 */
    double capacity;         /* largest flow: of diagrams overall, of networks over the densities observed */
    double critical_density; /* where it is reached first */
    double wave_speed;  /* of Smulders and Newell-Franklin the w of the formula; else the mean slope, sign
                           changed, from the last density at capacity to the jam density, or to the largest
                           density observed when there is no jam density: the w of triangular and trapezoidal */
    double jam_density; /* first zero of the flow beyond the critical density; of networks searched up to 3
                           times the largest density observed */
    bool extrapolated;  /* the jam density is larger than every density observed */
    double min_flow_beyond_jam; /* lowest prediction from the jam density up to 1.5 times the largest density
                                   observed (at the jam density itself when that is farther) */
    const char *why_capacity,
        *why_jam; /* NULL where the number exists; why_jam also covers min_flow_beyond_jam */
} traffic_audit;

void traffic_audit_diagram(const traffic_diagram *diagram, double largest_density, traffic_audit *audit);

/* Exact for piecewise-linear networks (from their kinks), by a fine scan with Brent's methods otherwise.
 * 0 <= least_density < largest_density. */
crease_status traffic_audit_net(const crease_net *net, double least_density, double largest_density,
                                traffic_audit *audit, crease_error *error);

/* ---- a comparison of models on one data set ---- */

enum { TRAFFIC_QUANTITIES = 5 }; /* free speed, capacity, critical density, wave speed, jam density */

/* The five quantities of an audit, in that order. */
void traffic_quantities(const traffic_audit *audit, double quantity[TRAFFIC_QUANTITIES]);

/* Bootstrap intervals of a row. A bound that is infinite: in too many replicates the quantity does not exist.
 */
typedef struct traffic_intervals {
    size_t replicates; /* 0: no intervals */
    size_t failed;     /* resamples that could not be fitted, left out */
    double low[TRAFFIC_QUANTITIES], high[TRAFFIC_QUANTITIES];
    size_t missing[TRAFFIC_QUANTITIES]; /* replicates in which the quantity does not exist */
    double seconds;
} traffic_intervals;

typedef struct traffic_row {
    char *model; /* as asked for, owned */
    size_t n_params, n_free;
    crease_net *net;         /* NULL: `diagram` is the fit */
    traffic_diagram diagram; /* unused with a net */
    double rmse;             /* unweighted, by flow or by speed */
    double wmse;             /* weighted mean square that was minimised */
    double rmse_median;      /* networks: over the starts, in the minimised measure; else NaN */
    double hit_rate;         /* networks: share of starts that reach the best; else NaN */
    double seconds;
    traffic_audit audit;
    traffic_intervals ci; /* when asked for */
    /* Of piecewise-linear diagrams with a free jam density beyond the data, where the study has a curved diagram
     * with a jam density: if that one (jam_bias_truth, its row) were the truth, without noise and at these
     * densities, by how much this model would miss its jam density. Else NaN. */
    double jam_bias;
    size_t jam_bias_truth;
} traffic_row;

typedef enum traffic_by { TRAFFIC_BY_FLOW = 0, TRAFFIC_BY_SPEED } traffic_by;
typedef enum traffic_weighting { TRAFFIC_OLS = 0, TRAFFIC_QU } traffic_weighting;

typedef struct traffic_study_options {
    traffic_by by;
    traffic_weighting weighting;
    crease_fit_options fit; /* of the networks; seed and threads of the bootstrap too */
    double jam_density;     /* imposed on the diagrams that have one; 0: free */
    size_t bootstrap;       /* replicates; 0: none */
    size_t block;           /* rows of a block of the moving-block bootstrap; 0 and 1: single rows */
    void (*started)(const char *model, size_t index, size_t count,
                    void *context); /* before each model; may be NULL */
    void *started_context;
    /* each replicate that was fitted, from several threads at once, each index of a model once; may be NULL */
    void (*replicate)(const char *model, size_t index, const traffic_diagram *diagram, void *context);
    void *replicate_context;
} traffic_study_options;

typedef struct traffic_study {
    size_t n;
    double *density, *flow; /* n, owned */
    double *weight;         /* of the measure `by`, owned */
    double least_density, largest_density, largest_flow;
    traffic_by by;
    traffic_weighting weighting;
    double isotonic_bound; /* in the measure of wmse */
    double jam_density;    /* imposed, or 0 */
    bool interrupted;      /* rows that were not begun are left out */
    size_t row_count;
    traffic_row *row;
} traffic_study;

/* 95 % percentile intervals (Efron 1979; blocks: Kuensch 1989) of all rows of a study: data are drawn with
 * replacement, replicate r from stream (seed, r), Qu weights are those of the resample, fits start from the
 * row's own; those of networks are one descent from their weights. The digits do not depend on the number of threads. Interrupted: the row has no intervals. */
crease_status traffic_bootstrap(traffic_study *study, const traffic_study_options *options,
                                crease_error *error);

/* Percentile 0 <= p <= 1 of count >= 1 values in ascending order, straight between them; infinities may be among
 * them. */
double traffic_percentile(size_t count, const double *value, double p);

/* Sets jam_bias of every row. */
crease_status traffic_jam_bias(traffic_study *study, const traffic_study_options *options,
                               crease_error *error);

/* True for a model that study_run knows: "greenshields", "triangular", "trapezoidal", "smulders",
 * "newell-franklin", "underwood", "drake", "van-aerde", "s3", "physical:M", or a network with one hidden layer
 * or more in the mini-language. Otherwise BAD_ARGUMENT with a sentence. */
crease_status traffic_model_check(const char *model, crease_error *error);

/* Fits each model to n rows (density >= 0 and finite; copied). BAD_DATA when fewer than two different
 * densities. */
crease_status traffic_study_run(size_t n, const double *density, const double *flow,
                                const char *const *models, size_t model_count,
                                const traffic_study_options *options, traffic_study **study,
                                crease_error *error);
void traffic_study_free(traffic_study *study);

/* Predictions of a row at n densities. */
crease_status traffic_row_predict(const traffic_row *row, size_t n, const double *density, double *flow,
                                  crease_error *error);

/* The row as a network, the caller's: a copy of its own, or of a physical diagram of m kinks relu:m+1/relu:1,
 * whose kinks and slopes are the diagram's, unscaled. Greenshields is no network: BAD_ARGUMENT. */
crease_status traffic_row_network(const traffic_row *row, crease_net **net, crease_error *error);

/* In words, from the numbers: which model is closest, which go below 0 beyond the jam, which never reach 0,
 * which give flow on an empty road, how far the jam densities lie apart. One sentence a line; malloc'd text,
 * NULL without memory. jam_density_known: the truth of simulated data, or NaN. */
char *traffic_verdict(const traffic_study *study, double jam_density_known);

/* ---- the program (uses crease/app.h) ---- */

int traffic_fd_main(int argc, char **argv);   /* argv[0] is "fd" */
int traffic_demo_main(int argc, char **argv); /* argv[0] is the program */

#endif
