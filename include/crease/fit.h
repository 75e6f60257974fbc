/* Fitting: a network to data, or any least-squares problem, by interchangeable methods with multi-start. */
#ifndef CREASE_FIT_H
#define CREASE_FIT_H

#include "crease/data.h"
#include "crease/initialise.h"
#include "crease/layers.h"
#include "crease/net.h"
#include "crease/problem.h"
#include "crease/pwl.h"

typedef enum crease_method {
    CREASE_METHOD_AUTO = 0, /* varpro with one hidden layer, else lm; bfgs for many parameters */
    CREASE_METHOD_LM, /* Levenberg-Marquardt: gsl_multifit_nlinear, for long data gsl_multilarge_nlinear */
    CREASE_METHOD_VARPRO,   /* variable projection, Golub & Pereyra 1973 with Kaufman's (1975) Jacobian */
    CREASE_METHOD_BFGS,     /* gsl_multimin vector_bfgs2 */
    CREASE_METHOD_ADAM,     /* Kingma & Ba 2015 */
    CREASE_METHOD_RMSPROP,  /* Tieleman & Hinton 2012 */
    CREASE_METHOD_MOMENTUM, /* Polyak 1964, heavy ball */
    CREASE_METHOD_SGD,
    CREASE_METHOD_COUNT
} crease_method;

/* Why an optimiser ended. */
typedef enum crease_stop {
    CREASE_STOP_GRADIENT = 0, /* the gradient is zero to the tolerance, or the residual to rounding */
    CREASE_STOP_STEP,         /* the step is below the tolerance */
    CREASE_STOP_BUDGET,       /* iterations or epochs used up */
    CREASE_STOP_STALLED,      /* no step lowers the loss any more */
    CREASE_STOP_INTERRUPTED   /* the caller asked to stop; the best point so far is returned */
} crease_stop;

const char *crease_method_name(crease_method method);
/* BAD_ARGUMENT, naming the methods that exist, for an unknown name. */
crease_status crease_method_parse(const char *name, crease_method *method, crease_error *error);
const char *crease_initialiser_name(crease_initialiser initialiser);
crease_status crease_initialiser_parse(const char *name, crease_initialiser *initialiser,
                                       crease_error *error);
const char *crease_stop_name(crease_stop stop);

/* Moving averages that start at 0 are too small at first; dividing by 1 - decay^t corrects that (Kingma & Ba 2015,
 * section 3): both moments of adam, the one of rmsprop. */
typedef enum crease_bias_correction {
    CREASE_BIAS_CORRECTION_DEFAULT = 0, /* adam on, rmsprop off, as published */
    CREASE_BIAS_CORRECTION_ON,
    CREASE_BIAS_CORRECTION_OFF
} crease_bias_correction;

/* One step of one start, for a caller who wants to watch. Pointers are valid during the call only. An iteration of a
 * first-order method is an epoch: one step without batches. Loss, gradient and layers are those on all rows, without the
 * shift of a bias schedule. */
typedef struct crease_trace {
    size_t start, iteration;
    double loss;            /* F: half the (weighted) sum of squared residuals, in the problem's scale */
    double gradient_norm;   /* Euclidean; NaN where the method does not form the gradient */
    double step_norm;       /* of the last step; NaN at iteration 0 */
    size_t parameters;      /* number of entries below */
    const double *theta;    /* current point */
    const double *gradient; /* its gradient, or NULL */
    /* of crease_fit with a first-order method: layers states, the last one the output layer's, on the rows of the data;
     * else 0 and NULL */
    size_t layers;
    const crease_layer_state *layer;
} crease_trace;

/* A schedule for bias_shift (curriculum bias warming): height (1 - step / steps) at the first `steps` steps, then 0. */
typedef struct crease_bias_warming {
    double height;
    size_t steps;
} crease_bias_warming;
double crease_bias_warming_shift(size_t step, void *warming);

/* All zero means the defaults. A number that is negative or not finite, and a momentum or decay of 1 and above, is
 * BAD_ARGUMENT. */
typedef struct crease_fit_options {
    crease_method method;
    crease_initialiser init;
    size_t starts;     /* 20 (1 for the first-order methods and with CREASE_INIT_KEEP) */
    uint64_t seed;     /* start i draws from stream (seed, i) */
    size_t threads;    /* all cores */
    size_t iterations; /* steps of lm, varpro, bfgs: 200, 200, 2000 */
    double tolerance;  /* relative step and gradient tolerance of these: 1e-12 */
    double l2;         /* adds l2/2 * sum of squared weights (no biases) to the mean squared error / 2; 0 */

    /* first-order methods */
    size_t epochs;        /* 2000 */
    size_t batch;         /* rows a step; 0: full batch */
    double learning_rate; /* adam, rmsprop .01; sgd .1; momentum .05 */
    double momentum;      /* momentum .9 */
    double decay;         /* rmsprop .99 (rho), adam's second moment .999 (beta_2) */
    double decay_first;   /* adam's first moment .9 (beta_1) */
    double epsilon;       /* 1e-8 */
    crease_bias_correction bias_correction;
    double weight_decay;       /* decoupled, weights only: theta -= learning_rate * weight_decay * theta */
    double derivative_at_zero; /* of relu at 0 while training: 0, .5 or 1 */
    /* schedule gamma(t) added to the hidden pre-activations at step t = 0, 1, ..; NULL: none. With one, training does not end
     * where nothing moves: a unit that is dead now may be woken later. Called from any thread. */
    double (*bias_shift)(size_t step, void *context);
    void *bias_shift_context;

    /* called from any thread, one call at a time */
    void (*trace)(const crease_trace *point, void *context);
    void *trace_context;
    /* finished starts; with a single start of a first-order method, its epochs */
    void (*progress)(size_t done, size_t total, void *context);
    void *progress_context;
    bool (*interrupted)(void *context); /* asked at every iteration; true ends the fit with its best result */
    void *interrupted_context;
} crease_fit_options;

/* Result of one optimiser run on a problem. */
typedef struct crease_minimum {
    double loss; /* F = sum r^2 / 2 */
    crease_stop stop;
    size_t iterations;
    size_t evaluations; /* of residuals or gradients over all rows */
} crease_minimum;

/* Runs one method (not AUTO) once from theta (parameters values, in and out). A problem without the parts that the
 * method needs is BAD_ARGUMENT. Never returns a point worse than the start. `start` labels trace and batches. */
crease_status crease_minimise(const crease_problem *problem, const crease_fit_options *options, size_t start,
                              double *theta, crease_minimum *minimum, crease_error *error);

/* Quality of a net on data, in raw units. */
typedef struct crease_score {
    double rmse;      /* root of the weighted mean square residual */
    double max_error; /* largest |residual| among rows of positive weight */
    double r2;        /* 1 - SSE/SST about the weighted mean; NaN for constant y */
} crease_score;

crease_status crease_net_score(const crease_net *net, const crease_data *data, crease_score *score,
                               crease_error *error);

typedef struct crease_start_result {
    double rmse, seconds;
    crease_stop stop;
    size_t iterations;
} crease_start_result;

typedef struct crease_fit_result {
    crease_score score;
    crease_method method; /* the one that AUTO chose */
    bool
        searched; /* the first start was the global search for the knots of ReLU units on a line (crease/knots.h),
                      which AUTO makes for such networks; then one start is the default */
    crease_stop stop;
    size_t iterations; /* of the best start */
    size_t starts;
    /* the first of those with the least loss; of hybrids on a line (hinges and smooth units in one hidden layer) one
     * that bends between rows, where no row sees it, comes last */
    size_t best_start;
    double hit_rate;            /* share of starts with RMSE <= 1.01 best + 1e-4 sd(y) */
    size_t dead_units;          /* of the returned net on the data */
    size_t screened_rows;       /* rows on which the starts were compared: n, or fewer for long data */
    double seconds;             /* wall clock */
    crease_start_result *start; /* starts entries, owned: crease_fit_result_clear */
} crease_fit_result;

/* Fits net->theta to the data, from options->starts starts; scaling is set from the data (kept with INIT_KEEP).
 * Fewer rows than free parameters, constant inputs and constant outputs are fitted as well as they can be. Rows
 * beyond 20,000: the starts run on a random sample of 4096 and the best is polished on all rows.
 * Same seed, same digits, whatever the number of threads. */
crease_status crease_fit(crease_net *net, const crease_data *data, const crease_fit_options *options,
                         crease_fit_result *result, crease_error *error);
void crease_fit_result_clear(crease_fit_result *result);

/* The kinks inside the range of the data, with standard errors by the delta method (Gauss-Newton covariance,
 * s^2 = SSE/(n - n_free)); the standard error is NaN where the kink is not identified, where n <= n_free, and with
 * more than one hidden layer. One input, one output. *kinks is owned by the caller (free), NULL when there are none. */
crease_status crease_fit_kinks(const crease_net *net, const crease_data *data, crease_kink **kinks,
                               size_t *count, crease_error *error);

#endif
