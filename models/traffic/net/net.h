/* Networks on the flow diagram: whether a curve q(rho) is physical, how far it is from a known truth, and a study of
 * many fits to simulated data with the claims that it bears out. Units as in traffic.h. */
#ifndef TRAFFIC_NET_H
#define TRAFFIC_NET_H

#include "crease/pwl.h"
#include "traffic/traffic.h"

/* ---- curves ---- */

/* A network or a diagram as one flow curve. */
typedef struct traffic_net_curve {
    const crease_net *net;   /* borrowed; NULL: `diagram` */
    traffic_diagram diagram; /* used without a net */
    crease_pwl *pwl;         /* the curve, exactly, where it is piecewise linear; else NULL */
    crease_work *work;
    size_t kink_count; /* where the slope may jump */
    double *kink;      /* ascending */
} traffic_net_curve;

/* Each fills *curve, which traffic_net_curve_clear empties (also after a failure). The network must have one input and
 * one output: BAD_ARGUMENT otherwise. */
crease_status traffic_net_curve_of_net(const crease_net *net, traffic_net_curve *curve, crease_error *error);
crease_status traffic_net_curve_of_diagram(const traffic_diagram *diagram, traffic_net_curve *curve,
                                           crease_error *error);
crease_status traffic_net_curve_of_row(const traffic_row *row, traffic_net_curve *curve, crease_error *error);
void traffic_net_curve_clear(traffic_net_curve *curve);

double traffic_net_flow(const traffic_net_curve *curve, double density);
/* dq/drho; at a kink of a piecewise-linear curve that of the piece beyond it. */
double traffic_net_slope(const traffic_net_curve *curve, double density);
/* The lowest flow on [low, high] and the first place where it is reached: exact for piecewise-linear curves, by a scan
 * of 4000 places and Brent's minimisation otherwise. */
double traffic_net_lowest(const traffic_net_curve *curve, double low, double high, double *at);

/* ---- the audit ---- */

/* Flows below zero, and flows on the empty road, by less than this share of the capacity are let pass; and rises of the
 * slope by less than this share of the free speed. */
extern const double traffic_net_negligible; /* 1e-4 */

typedef struct traffic_net_audit {
    traffic_audit curve;
    double end;                    /* 1.5 times the largest density observed */
    double lowest_flow, lowest_at; /* over [0, end] */
    /* The jam density, or where the flow, without a zero, first comes within traffic_net_negligible of it; NaN where it
     * stays above. The slope is looked at up to there, else up to `end`. */
    double zero_at, concave_to;
    /* The largest q'(b) - q'(a) with 0 <= a < b <= concave_to; 0: concave there. Of a piecewise-linear curve
     * a is where the piece of the lower slope ends, b where that of the higher one begins. */
    double slope_rise, rise_from, rise_to;
    /* Against a truth over [0, its jam density]; NaN without. Wave speeds are -dq/drho. */
    double truth_rmse;
    double wave_mean, wave_rms;   /* mean and root mean square of the error of the wave speed */
    double wave_largest, wave_at; /* the largest, and where */
    double capacity_error, jam_error;
    double lowest_beyond; /* lowest flow from the truth's jam density to beyond_to */
    double beyond_to;
} traffic_net_audit;

/* curve.* is that of traffic_audit_net or traffic_audit_diagram. 0 <= least < largest. truth: NULL: none; it must have a
 * jam density. lowest_beyond looks up to `beyond`, with NaN up to `end`. */
crease_status traffic_net_audit_curve(const traffic_net_curve *curve, double least_density,
                                      double largest_density, const traffic_diagram *truth, double beyond,
                                      traffic_net_audit *audit, crease_error *error);

/* What an audit finds wrong; flags. */
enum {
    TRAFFIC_NET_EMPTY_ROAD = 1, /* flow at density 0 */
    TRAFFIC_NET_NEGATIVE =
        2,                  /* negative flow on [0, end], or between the truth's jam density and beyond_to */
    TRAFFIC_NET_CONVEX = 4, /* the slope rises below the jam density */
    TRAFFIC_NET_NO_JAM = 8  /* the flow never comes back to zero */
};
unsigned traffic_net_faults(const traffic_net_audit *audit);

/* ---- known truths ---- */

/* "triangular:VF,W,RHOJ", "trapezoidal:VF,C,W,RHOJ", "greenshields:VF,RHOJ", "smulders:VF,A,RHOC,RHOJ",
 * "newell-franklin:VF,W,RHOJ"; the name alone has free speed 100 and jam density 150. BAD_ARGUMENT with a sentence for
 * other text, and for diagrams without a finite jam density. */
crease_status traffic_net_truth_parse(const char *text, traffic_diagram *truth, crease_error *error);

/* ---- the study ---- */

typedef enum traffic_net_kind {
    TRAFFIC_NET_PHYSICAL = 0, /* relu(concave piecewise linear), 0 at 0 */
    TRAFFIC_NET_RELU,         /* piecewise-linear networks */
    TRAFFIC_NET_SMOOTH,       /* networks with a smooth unit */
    TRAFFIC_NET_DIAGRAM       /* curved diagrams */
} traffic_net_kind;

typedef struct traffic_net_study_options {
    size_t points, runs;    /* rows of a run */
    double noise;           /* standard deviation, as a share of the flow, or of the capacity */
    bool noise_of_capacity; /* else of the flow itself */
    size_t reach_count;
    const double *reach; /* the data reach to this share of the jam density */
    double jam_density;  /* imposed; 0: free */
    crease_fit_options fit;
} traffic_net_study_options;

enum { TRAFFIC_NET_DRAWN = 801 };

/* One model at one reach. */
typedef struct traffic_net_cell {
    traffic_net_audit *run; /* runs entries */
    /* Of physical models, fitted to the truth without noise at even densities: how far the jam density is off, and the
     * root mean square error of the flow over the data. Else NaN. */
    double jam_bias, exact_rmse;
    double flow[TRAFFIC_NET_DRAWN], slope[TRAFFIC_NET_DRAWN]; /* of the first run, at study->drawn */
} traffic_net_cell;

typedef struct traffic_net_study {
    traffic_diagram truth;
    traffic_audit truth_audit;
    size_t points, runs; /* runs that were finished */
    size_t runs_asked;
    double noise;
    bool noise_of_capacity;
    double jam_density;
    size_t reach_count, model_count;
    double *reach;
    char **model;
    size_t *n_free;
    traffic_net_kind *kind;
    traffic_net_cell *cell;         /* reach_count x model_count */
    double *drawn;                  /* TRAFFIC_NET_DRAWN densities */
    double *row_density, *row_flow; /* reach_count x points: the first run */
    double
        form_difference; /* largest difference of vf relu(rho) relu(1 - rho/rho_j) and relu of the parabola,
                                        as a share of the capacity */
    double form_bend;    /* share of inner places where the former bends */
    double seconds;
    bool interrupted;
} traffic_net_study;

/* Fits each model to each run at each reach, run r from stream (seed, r), and audits it. The digits do not depend on the
 * number of threads. An interrupted study holds the runs that were finished, perhaps none. */
crease_status traffic_net_study_run(const traffic_diagram *truth, const char *const *models,
                                    size_t model_count, const traffic_net_study_options *options,
                                    traffic_net_study **study, crease_error *error);
void traffic_net_study_free(traffic_net_study *study);

/* Simulated rows of run `run` at `reach` times the jam density: densities even at random, flows with noise. */
crease_status traffic_net_simulate(const traffic_diagram *truth, const traffic_net_study_options *options,
                                   size_t run, double reach, double *density, double *flow,
                                   crease_error *error);

/* Median, least and largest of one quantity (a double of traffic_net_audit at this offset) over the finished runs; runs
 * without it (NaN) are left out. Returns their number. */
size_t traffic_net_summary(const traffic_net_study *study, size_t reach, size_t model, size_t offset,
                           double *median, double *least, double *largest);

/* ---- claims ---- */

typedef enum traffic_net_verdict {
    TRAFFIC_NET_CONFIRMED = 0,
    TRAFFIC_NET_LIMITS,
    TRAFFIC_NET_REFUTED,
    TRAFFIC_NET_UNTESTED /* the models or reaches of this study do not touch it */
} traffic_net_verdict;

const char *traffic_net_verdict_name(traffic_net_verdict verdict);

enum { TRAFFIC_NET_CLAIMS = 12, TRAFFIC_NET_MEASURED = 400 };

typedef struct traffic_net_claim {
    const char *name, *claim; /* static text */
    traffic_net_verdict verdict;
    double value, low, high; /* what the verdict rests on; low, high: 95 % interval or NaN */
    const char *value_is;    /* static text */
    char measured[TRAFFIC_NET_MEASURED];
} traffic_net_claim;

/* Every claim, from the numbers of the study alone. */
void traffic_net_judge(const traffic_net_study *study, traffic_net_claim claim[TRAFFIC_NET_CLAIMS]);

#endif
