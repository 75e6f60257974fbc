/* What the files own_*.c share. */
#ifndef SAVINGS_OWN_PARTS_H
#define SAVINGS_OWN_PARTS_H

#include "savings/own/own.h"

/* ---- own_transform.c ---- */

typedef struct savings_own_map {
    bool pinv;
    double crra, scale;
} savings_own_map;

/* z and dz/dV; false where V is no utility. slope may be NULL. */
bool savings_own_forward(const savings_own_map *map, double V, double *z, double *slope);
/* V and dV/dz; false where z is no consumption. */
bool savings_own_backward(const savings_own_map *map, double z, double *V, double *slope);
/* (V'/R)^(-1/g) */
double savings_own_consumption(double crra, double marginal, double R);

/* ---- own_check.c: BAD_DATA or BAD_ARGUMENT with the reason ---- */

/* Every value is a utility of the risk aversion. */
crease_status savings_own_check_utilities(const savings_own_data *data, const savings_own_options *o,
                                          crease_error *error);
/* Every slope is positive, where consumption is read off it. */
crease_status savings_own_check_slopes(const savings_own_data *data, const savings_own_options *o,
                                       crease_error *error);
/* Imposed kinks ascend and have rows on both sides. */
crease_status savings_own_check_kinks(const savings_own_data *data, const savings_own_options *o,
                                      crease_error *error);
crease_status savings_own_check_options(const savings_own_options *o, crease_error *error);

/* ---- own_held.c ---- */

/* Rows to fit, ascending in x; borrowed. dz may be NULL; a row at a held kink has no slope, unless dz_right has one:
 * then dz is its left one. */
typedef struct savings_own_rows {
    size_t n;
    const double *x, *z, *dz, *dz_right, *weight;
} savings_own_rows;

/* Fits net (one input, one hidden layer, the first `kinks` relu units held, no others): least sum of
 * ((f - z)/s)^2 and lambda^2 ((f' - z') sd(x)/s)^2, s = sd(z). keep: starts from net->theta and its scaling alone. */
typedef struct savings_own_held {
    const double *kink;
    size_t kinks;
    double lambda;
    bool keep;
} savings_own_held;
crease_status savings_own_fit_held(crease_net *net, const savings_own_rows *rows,
                                   const savings_own_held *held, const crease_fit_options *options,
                                   crease_error *error);

/* ---- own_kinks.c ---- */

typedef struct savings_own_found {
    size_t count;
    savings_own_kink *kink; /* owned */
    char why[600];
    bool noisy; /* rows scatter about any curve */
    bool interrupted;
} savings_own_found;

/* Kinks of z(x), in agreement with the jumps of dz when given. */
crease_status savings_own_find_kinks(const savings_own_rows *rows, const crease_fit_options *options,
                                     savings_own_found *found, crease_error *error);
/* First row right of x, or at it. */
size_t savings_own_row_from(const savings_own_rows *rows, double x);

/* ---- own_doubt.c ---- */

typedef enum savings_own_doubt {
    SAVINGS_OWN_NO_DOUBT = 0,
    SAVINGS_OWN_DENIED_BY_SLOPES,
    SAVINGS_OWN_IN_A_HOLE,
    SAVINGS_OWN_DETAIL,
    SAVINGS_OWN_NEXT_TO_NOTHING,
    SAVINGS_OWN_DOUBTS
} savings_own_doubt;
/* The polynomial through dz of `count` rows from i outwards (direction -1: leftwards), at x. */
double savings_own_extrapolate_slope(const savings_own_rows *rows, size_t i, int direction, size_t count,
                                     double x);
/* noise: standard deviation of a row, 0 for none. */
savings_own_doubt savings_own_doubt_kink(const savings_own_rows *rows, const crease_detected_kink *kink,
                                         double noise);

void savings_own_take_rows(const savings_own_rows *rows, savings_own_found *found);

/* ---- own_select.c ---- */

/* What approximates z(x): a net with its kinks held, chosen or given. */
typedef struct savings_own_task {
    const savings_own_rows *rows;
    const savings_own_map *map; /* of the errors left out */
    const double *kink;
    size_t kinks;
    double lambda;
    const char *net; /* NULL: chosen */
    bool concave, increasing;
    const crease_fit_options *fit;
} savings_own_task;

typedef struct savings_own_choice {
    crease_net *net; /* owned by the caller */
    size_t held;
    bool exact, interrupted, searched; /* searched: affine+relu:K by crease_knots_fit */
    savings_own_errors left_out, left_out_slope;
    size_t candidate_count;
    size_t units[SAVINGS_OWN_MOST_CANDIDATES];
    double error[SAVINGS_OWN_MOST_CANDIDATES];
    double seconds;
} savings_own_choice;

crease_status savings_own_thin(const savings_own_rows *rows, size_t most, savings_own_rows *thin,
                               double **storage, crease_error *error);
crease_status savings_own_choose(const savings_own_task *task, savings_own_choice *choice,
                                 crease_error *error);
/* A net of the caller's (its text) fitted and cross-validated. */
crease_status savings_own_fit_spec(const savings_own_task *task, const char *spec, savings_own_choice *choice,
                                   crease_error *error);

/* ---- own_judge.c ---- */

/* A root mean square that does not overflow: sum of (error / largest)^2, as BLAS has its norms. */
typedef struct savings_own_squares {
    double largest, sum;
    size_t count;
} savings_own_squares;
void savings_own_squares_add(savings_own_squares *s, double error);
double savings_own_squares_rms(const savings_own_squares *s);

savings_own_map savings_own_map_of(const savings_own_options *options, savings_own_transform transform);
crease_status savings_own_judge(const savings_own_fit *fit, const savings_own_map *map,
                                const savings_own_data *data, savings_own_row *row, crease_error *error);
void savings_own_judge_shape(savings_own_fit *fit, const savings_own_data *data);
void savings_own_judge_limit(savings_own_fit *fit, const savings_own_data *data);
crease_status savings_own_judge_slopes(savings_own_fit *fit, const savings_own_data *data,
                                       crease_error *error);

/* ---- own_policy.c ---- */

crease_status savings_own_imply_policy(savings_own_fit *fit, const savings_own_data *data,
                                       crease_error *error);

bool savings_own_interrupted(const crease_fit_options *options);

#endif
