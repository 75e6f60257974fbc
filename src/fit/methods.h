/* Inside the fitting room: one entry a method, and the pieces they share. */
#ifndef CREASE_FIT_METHODS_H
#define CREASE_FIT_METHODS_H

#include "crease/fit.h"

/* One run of one method; minimum comes zeroed. */
typedef crease_status crease_method_run(const crease_problem *problem, const crease_fit_options *options,
                                        size_t start, double *theta, crease_minimum *minimum,
                                        crease_error *error);

crease_method_run crease_run_levenberg_marquardt, crease_run_variable_projection, crease_run_bfgs,
    crease_run_first_order;

/* BAD_ARGUMENT naming the number that is not finite, negative or beyond its range. NULL: all defaults. */
crease_status crease_fit_options_check(const crease_fit_options *options, crease_error *error);

/* Options with every zero replaced by its default for this method. */
crease_fit_options crease_fit_options_filled(const crease_fit_options *options, crease_method method);

/* Tells the caller's trace where the method is (gradient, theta borrowed; gradient may be NULL). */
void crease_trace_step(const crease_fit_options *options, size_t start, size_t iteration, size_t parameters,
                       double loss, const double *theta, const double *gradient, double step_norm);
bool crease_fit_interrupted(const crease_fit_options *options);

/* Traces of a network that trains, with its layers: see layer_trace.c. */
typedef struct crease_layer_trace crease_layer_trace;

/* With a first-order method and a trace: *trace stands between, and options->trace becomes its own. Otherwise NULL. Borrows net, data and the caller's
 * trace until crease_layer_trace_free. */
crease_status crease_layer_trace_new(crease_layer_trace **trace, const crease_net *net,
                                     const crease_data *data, crease_fit_options *options,
                                     crease_error *error);
void crease_layer_trace_free(crease_layer_trace *trace);

/* A plain nonlinear least-squares problem for gsl_multifit_nlinear; the functions behave as those of
 * crease_problem, with the state in `context`. */
typedef struct crease_residuals {
    size_t residuals, parameters;
    void *context;
    bool (*residual)(void *context, const double *theta, double *r);
    bool (*jacobian)(void *context, const double *theta, double *J);
} crease_residuals;

crease_status crease_levenberg_marquardt(const crease_residuals *problem, const crease_fit_options *options,
                                         size_t start, double *theta, crease_minimum *minimum,
                                         crease_error *error);

/* ---- a network on data as a problem ---- */

typedef struct crease_net_problem {
    const crease_net *net;
    crease_data data;
    double *
        root_weight; /* sqrt(w_i / sum w) / sd(y): residuals are dimensionless and F = half the mean square */
    double y_scale;
    double l2, derivative_at_zero;
    bool *is_weight;
    struct crease_hinge_place *hinge; /* of hybrids: see hybrid_start.c; NULL for other networks */
    size_t hinges;
} crease_net_problem;

/* Borrows net and data. y_scale > 0 divides the residuals. */
crease_status crease_net_problem_new(crease_net_problem **result, const crease_net *net,
                                     const crease_data *data, double y_scale,
                                     const crease_fit_options *options, crease_error *error);
void crease_net_problem_free(crease_net_problem *net_problem);
crease_problem crease_net_problem_interface(const crease_net_problem *net_problem);

/* The best network of ReLU units on a line, found globally: see line_start.c. */
bool crease_line_start_applies(const crease_net *net, const crease_data *data,
                               const crease_fit_options *options);
crease_status crease_line_start(const crease_net_problem *net_problem, const crease_fit_options *options,
                                double *theta, crease_error *error);

/* One hidden layer: brings the norm of the incoming weights and bias of each relu, leaky and prelu unit into [1, 2)
 * by a power of two, which leaves every value of the network as it is. */
void crease_balance_units(const crease_net *net, double *theta);

/* Draws a data-driven start into theta: see data_start.c. held (NULL: none): units of the first layer that keep
 * the weights that theta brings; theta is then complete but for the other units and the output layer. */
crease_status crease_data_start(const crease_net_problem *net_problem, uint64_t seed, size_t start,
                                const bool *held, double *theta, crease_error *error);

/* Hybrids on a line, one hidden layer of hinges and smooth units, fitted by lm or varpro from init auto: prepare finds
 * the places of the hinges (problem->hinges stays 0 for every other network or method), start draws from them. */
crease_status crease_hybrid_prepare(crease_net_problem *net_problem, const crease_fit_options *options,
                                    crease_error *error);
crease_status crease_hybrid_start(const crease_net_problem *net_problem, const crease_fit_options *options,
                                  size_t start, double *theta, crease_error *error);
/* After a run: moves the corner of a hinge that serves as a line away from the data. False where a unit bends between
 * rows, so that the data do not determine it; true for every network that is no hybrid. */
bool crease_hybrid_settle(const crease_net_problem *net_problem, double *theta);

#endif
